import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { printError } from '../print-error.js'
import { runUntilSignal } from '../run-until-signal.js'
import type { Subcommand } from '../subcommand.js'

/** `slashroom simulate`: the simulated HipChat server alone, for the clients and add-ons of others. */
export const simulate: Subcommand = {
  summary: 'Runs a simulated HipChat server over http and https, to test clients and add-ons',
  usage: '[--port <n>] [--tls-port <n>] [--data <folder>] [--token]',
  options: {
    '--port <n>': 'http port (default 3001, 0 for any free port)',
    '--tls-port <n>': 'https port (default 3443, 0 for any free port)',
    '--data <folder>': 'where to keep rooms, installations and the certificate (default data/simulator)',
    '--token': 'print a token for the first person, and one for notifications to the first room',
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
    const wrong = (['port', 'tls-port'] as const).find((option) => !isPort(values[option]))
    if (wrong) return printError(`--${wrong} must be a port from 0 to 65535, not ${JSON.stringify(values[wrong])}.`)
    const [port, tlsPort] = [Number(values.port), Number(values['tls-port'])]
    const settings = { port, tlsPort, folder: resolve(values.data), token: values.token }
    const { createSimulation } = await import('../standalone-simulator.js') // not loaded for --help
    return await runUntilSignal(createSimulation(settings))
  },
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) < 65_536
}
