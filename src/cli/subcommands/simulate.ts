import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { ConfigError } from '../../model/errors.js'
import { runUntilSignal } from '../run-until-signal.js'
import type { Subcommand } from '../subcommand.js'

/** `slashroom simulate`: the simulated HipChat server alone, for the clients and add-ons of others. */
export const simulate: Subcommand = {
  summary: 'Runs a simulated HipChat server over http and https, to try clients and add-ons against',
  usage: '[--port <n>] [--tls-port <n>] [--data <folder>] [--token]',
  options: {
    '--port <n>': 'where it listens over http; 3001 if left out, 0 for any free port',
    '--tls-port <n>': 'where it listens over https; 3443 if left out, 0 for any free port',
    '--data <folder>': 'keeps rooms, installations and its certificate there; data/simulator if left out',
    '--token': 'prints a token that acts as the first person, and one for notifications to the first room',
  },
  examples: ['slashroom simulate', 'slashroom simulate --port 8080 --tls-port 8443 --token'],
  async run(args) {
    const options = {
      port: { type: 'string', default: '3001' },
      'tls-port': { type: 'string', default: '3443' },
      data: { type: 'string', default: join('data', 'simulator') },
      token: { type: 'boolean', default: false },
    } as const
    const { values } = parseArgs({ args: [...args], options })
    const settings = {
      port: readPort(values.port, '--port'),
      tlsPort: readPort(values['tls-port'], '--tls-port'),
      folder: resolve(values.data),
      token: values.token,
    }
    const { createSimulation } = await import('../standalone-simulator.js') // not loaded for --help
    return await runUntilSignal(createSimulation(settings))
  },
}

function readPort(text: string, option: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text)
  throw new ConfigError(`${option} must be a port from 0 to 65535, not ${JSON.stringify(text)}.`)
}
