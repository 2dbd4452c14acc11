import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type Bot, createBot } from '../../bot.js'
import { type Config, embeddedStoreDir } from '../../config.js'
import type { ReloadReport } from '../../loader/load-report.js'
import { createLogger } from '../../logger.js'
import { ConfigError } from '../../model/errors.js'
import { findTunnel } from '../../net/find-ngrok-tunnel.js'
import { displayPath } from '../../shared/display-path.js'
import { codeOf } from '../../shared/error-details.js'
import { createSimulator, type Simulator } from '../../simulator/hipchat.js'
import type { Service } from '../run-until-signal.js'
import { surviveUncaughtErrors } from '../uncaught-errors.js'
import { type CommandFiles, createCommandFiles } from './command-files.js'
import { observeBot } from './observe-bot.js'
import { createPlayground } from './playground/playground.js'
import { openTunnel, type Tunnel } from './tunnel.js'
import { watchFiles } from './watch-files.js'

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
    checkPlace(config)
    if (wanted) console.log('Opening the ngrok tunnel…')
    const tunnel = wanted ? await openTunnel(config.port) : undefined
    if (tunnel) cleanups.push(tunnel.close)
    const log = createLogger({ level: config.logLevel, format: config.logFormat })
    const stateFile = join(dataDir(config), 'simulator.json')
    const files = createCommandFiles(config.commandsDir)
    const playground = createPlayground()
    const { hintFor } = files
    const simulator = createSimulator({ port: config.simulatorPort, stateFile, log, hintFor, playground })
    await listen(simulator, config.simulatorPort)
    cleanups.push(() => simulator.close())

    surviveUncaughtErrors(log)
    let isInstalled = false
    const bot = createBot({
      ...observeBot(log, simulator.annotate, playground),
      env: { ...process.env, HIPCHAT_HOSTS: hosts(simulator.url) },
      home: `${simulator.url}/`,
      notReady: () => (isInstalled ? undefined : 'The simulated HipChat does not have the add-on yet.'),
      ...(await addressOf(config, tunnel)),
    })
    const { port } = await bot.start()
    cleanups.push(() => bot.stop())
    await install(simulator, `http://localhost:${port}/descriptor.json`)
    isInstalled = true
    tell(await bot.reload([]), [], { files, simulator })
    cleanups.push(watch(bot, config, { files, simulator }))
    announce(simulator, port, config, tunnel)
  }
}

/** What would otherwise be told of by what fails because of it. */
function checkPlace({ commandsDir, port, simulatorPort }: Config): void {
  if (port !== 0 && port === simulatorPort) {
    throw new ConfigError(`PORT and SIMULATOR_PORT are both ${port}: set one of them to another port.`)
  }
  if (existsSync(commandsDir)) return
  throw new ConfigError(
    `There is no folder ${displayPath(resolve(commandsDir))} here. Create a bot with "npx slashroom new my-bot", or set COMMANDS_DIR to another folder.`,
  )
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
      `SIMULATOR_PORT ${port} is in use by another program: stop it, or set SIMULATOR_PORT to a free port.`,
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

interface Told {
  readonly files: CommandFiles
  readonly simulator: Simulator
}

/** Reloads what changes, tells HipChat of new words, and the rooms of what is broken. */
function watch(bot: Bot, config: Config, told: Told): () => Promise<void> {
  return watchFiles([config.commandsDir, config.hooksDir ?? './hooks'], async (changed) => {
    tell(await bot.reload(changed), changed, told)
    for (const { oauthId } of told.simulator.addons()) await told.simulator.update(oauthId).catch(() => undefined)
  })
}

function tell({ broken }: ReloadReport, changed: readonly string[], { files, simulator }: Told): void {
  for (const news of files.update(changed, broken)) simulator.notice(news)
}

function announce(simulator: Simulator, port: number, config: Config, tunnel?: Tunnel): void {
  const lines = [
    '',
    `  Room page   ${simulator.url}/   (http://localhost:${port}/ redirects there)`,
    `  Commands    ${resolve(config.commandsDir)}, reloaded when you save`,
    ...(tunnel ? [`  Install     ${tunnel.url}/descriptor.json`] : []),
    '',
    '  Type /help in the room. Ctrl-C stops.',
    '',
  ]
  console.log(lines.join('\n'))
}
