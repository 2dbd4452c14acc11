import { parseArgs } from 'node:util'
import { type Config, readConfig } from '../../config.js'
import { runUntilSignal } from '../run-until-signal.js'
import type { Subcommand } from '../subcommand.js'

/** `slashroom dev`: the bot with hot reload, and a room to type in. */
export const dev: Subcommand = {
  summary: 'Runs the bot with hot reload, next to a simulated HipChat server with a room page',
  usage: '[--tunnel]',
  options: { '--tunnel': 'open the ngrok tunnel from ngrok.yml and print the URL to install from' },
  examples: ['slashroom dev', 'PORT=8080 slashroom dev --tunnel'],
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { tunnel: { type: 'boolean', default: false } } })
    const config: Config = readConfig(process.env, process.stdout.isTTY === true)
    const { createDevelopment } = await import('../development/development.js') // not loaded for --help
    return await runUntilSignal(createDevelopment({ config, tunnel: values.tunnel }))
  },
}
