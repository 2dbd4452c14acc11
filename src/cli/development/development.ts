import { join, resolve } from 'node:path'
import { type Bot, createBot } from '../../bot.js'
import { type Config, embeddedStoreDir } from '../../config.js'
import type { BrokenFile } from '../../loader/command-directory.js'
import { createLogger } from '../../logger.js'
import { ConfigError } from '../../model/errors.js'
import { findTunnel } from '../../net/find-ngrok-tunnel.js'
import { displayPath } from '../../shared/display-path.js'
import { codeOf } from '../../shared/error-details.js'
import { createSimulator, type Simulator } from '../../simulator/hipchat.js'
import type { Service } from '../run-until-signal.js'
import { surviveUncaughtErrors } from '../uncaught-errors.js'
import { openTunnel, type Tunnel } from './tunnel.js'
import { watchCommands } from './watch-commands.js'

/** The bot with hot reload beside a simulated HipChat server that it is installed in. */
export function createDevelopment(options: { readonly config: Config; readonly tunnel: boolean }): Service {
  const { config, tunnel: wanted } = options
  const cleanups: (() => unknown)[] = []
  let started: Promise<void> | undefined

  return {
    start() {
      started = begin()
      return started
    },
    async stop() {
      await started?.catch(() => undefined) // what it opens until then is closed too
      for (const close of cleanups.splice(0).reverse()) await close()
    },
  }

  async function begin(): Promise<void> {
    if (wanted) console.log('Opening the ngrok tunnel…')
    const tunnel = wanted ? await openTunnel(config.port) : undefined
    if (tunnel) cleanups.push(tunnel.close)
    const log = createLogger({ level: config.logLevel, format: config.logFormat })
    const stateFile = join(dataDir(config), 'simulator.json')
    const simulator = createSimulator({ port: config.simulatorPort, stateFile, log })
    await listen(simulator, config.simulatorPort)
    cleanups.push(() => simulator.close())

    surviveUncaughtErrors(log)
    const bot = createBot({
      log,
      env: { ...process.env, HIPCHAT_HOSTS: hosts(simulator.url) },
      home: `${simulator.url}/`,
      ...(await addressOf(config, tunnel)),
    })
    const { port } = await bot.start()
    cleanups.push(() => bot.stop())
    await install(simulator, `http://localhost:${port}/descriptor.json`)
    cleanups.push(watch(bot, simulator, config))
    announce(simulator, port, config, tunnel)
  }
}

/** An agent that runs for something else must not keep the simulated server from finding the bot. */
async function addressOf({ baseUrl, port }: Config, tunnel?: Tunnel): Promise<{ readonly baseUrl?: string }> {
  if (tunnel) return { baseUrl: tunnel.url }
  if (baseUrl || port === 0) return {}
  return { baseUrl: (await findTunnel(port, { straight: true })) ?? `http://localhost:${port}` }
}

/** Beside the embedded store, so that both are forgotten together. */
function dataDir({ storeUrl }: Config): string {
  return resolve(embeddedStoreDir(storeUrl) ?? 'data')
}

async function listen(simulator: Simulator, port: number): Promise<void> {
  try {
    await simulator.listen()
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error
    throw new ConfigError(
      `SIMULATOR_PORT ${port} is in use by another program: stop that, or set SIMULATOR_PORT to a free one.`,
    )
  }
}

/** The operator's hosts, and the simulated server, which is on this machine. */
function hosts(simulatorUrl: string): string {
  return `${process.env['HIPCHAT_HOSTS'] || '*.hipchat.com'},${new URL(simulatorUrl).host}`
}

/** By the protocol's own flow. An existing installation is updated, which repairs what changed meanwhile. */
async function install(simulator: Simulator, descriptorUrl: string): Promise<void> {
  const { key } = (await (await fetch(descriptorUrl)).json()) as { readonly key?: string }
  const installed = simulator.addons().find((addon) => addon.key === key)
  if (!installed) return void (await simulator.install(descriptorUrl))
  await simulator.update(installed.oauthId).catch(async () => {
    await simulator.uninstall(installed.oauthId)
    await simulator.install(descriptorUrl)
  })
}

/** Reloads what changes, tells HipChat of new words, and the room of what is broken. */
function watch(bot: Bot, simulator: Simulator, config: Config): () => Promise<void> {
  let broken = new Map<string, string>()
  return watchCommands(config.commandsDir, async (files) => {
    const report = await bot.reload(files)
    const now = new Map(report.broken.map((one) => [one.file, describe(one)]))
    for (const [file, message] of now) if (broken.get(file) !== message) simulator.notice(message)
    for (const file of broken.keys()) if (!now.has(file)) simulator.notice(`${displayPath(file)} is mended.`)
    broken = now
    for (const { oauthId } of simulator.addons()) await simulator.update(oauthId).catch(() => undefined)
  })
}

function describe({ message, serves }: BrokenFile): string {
  return serves ? `${message} (the last good version serves on)` : message
}

function announce(simulator: Simulator, port: number, config: Config, tunnel?: Tunnel): void {
  const lines = [
    '',
    `  Room page   ${simulator.url}/   (http://localhost:${port}/ leads there too)`,
    `  Commands    ${resolve(config.commandsDir)}, reloaded as you save`,
    ...(tunnel ? [`  Install     ${tunnel.url}/descriptor.json`] : []),
    '',
    '  Type /help in the room. Ctrl-C stops.',
    '',
  ]
  console.log(lines.join('\n'))
}
