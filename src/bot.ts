import * as authoring from './authoring.js'
import { type Config, readConfig } from './config.js'
import type { ReloadReport } from './loader/load-report.js'
import { createLogger } from './logger.js'
import type { CommandMiddleware } from './model/command.js'
import { UnavailableError } from './model/errors.js'
import type { Logger } from './model/logger.js'
import type { KoaMiddleware } from './platforms/koa.js'
import type { PlatformFactory } from './platforms/platform.js'
import { createRuntime, type Runtime } from './runtime.js'
import { createApp, createKoa, createStartingApp } from './server/app.js'
import { type Listening, listen } from './server/listen.js'
import { readTls, watchTls } from './server/tls.js'
import { createSerialQueue } from './shared/serial-queue.js'

/** Options of a bot: any setting, by its name in camel case. Settings left out are read from `env`. */
export interface BotOptions extends Partial<Config> {
  /** The environment for settings and platforms. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly log?: Logger
  /** Middleware around every call, including built-in commands. The first is the outermost. */
  readonly use?: readonly CommandMiddleware[]
  /** The platforms to start. Default: all that ship with Slashroom. */
  readonly platforms?: readonly PlatformFactory[]
  /** Where `GET /` redirects to. */
  readonly home?: string
  /** Returns why the bot is not ready yet, for `GET /readyz`, if the reason lies outside of it. */
  readonly notReady?: () => string | undefined
}

/** A bot. It can be started again after it was stopped. */
export interface Bot {
  /**
   * Opens the store, loads the commands and starts serving. Resolves when the bot accepts requests. If `middleware()` was
   * called first, the bot doesn't listen itself. Calling it again while the bot runs has no effect. Throws ConfigError for
   * a bad setting or file.
   */
  start(): Promise<{ readonly url: string; readonly port: number }>
  /** Finishes or hands over running calls within `shutdownSeconds`, then closes. Waits for a start in progress. */
  stop(): Promise<void>
  /** Returns the bot as Koa middleware. It answers 503 until `start` has resolved, and passes on requests that aren't for the bot. */
  middleware(): KoaMiddleware
  /** Reloads the changed command and hook files, or all of them if `files` is left out. Reports those that failed to load. */
  reload(files?: readonly string[]): Promise<ReloadReport>
}

/** Creates a bot without starting it. Throws ConfigError for a bad setting. */
export function createBot(options: BotOptions = {}): Bot {
  const env = options.env ?? process.env
  const { env: _env, log: _log, platforms: _platforms, use: _use, home: _home, notReady: _notReady, ...given } = options
  const config = readConfig({ ...env, ...asEnvironment(given) }, process.stdout.isTTY === true)
  const log = options.log ?? createLogger({ level: config.logLevel, format: config.logFormat })

  let mounted = false
  let started: ReturnType<Bot['start']> | undefined
  let stopped: Promise<void> | undefined
  const inTurn = createSerialQueue()
  let listening: Listening | undefined
  let running: Runtime | undefined
  const { middleware, replaceBy } = createStartingApp()

  async function begin() {
    if (!mounted) {
      listening = await open()
    }
    const port = listening?.port ?? config.port
    try {
      running = await createRuntime({ ...options, env, config, log, port, authoring })
    } catch (error) {
      await listening?.close(0)
      listening = undefined
      throw error
    }
    const basePath = new URL(running.baseUrl).pathname.replace(/\/$/, '')
    const home = options.home ? { home: options.home } : {}
    replaceBy(createApp({ ...running.served, log, basePath, isMounted: !listening, ...home }))
    running.work()
    log.info({ port, baseUrl: running.baseUrl, commands: running.served.health.commands() }, 'ready')
    return { url: running.baseUrl, port }
  }

  async function open(): Promise<Listening> {
    const { port, host, tlsCert, tlsKey } = config
    const handle = createKoa(middleware, log).callback()
    if (!tlsCert || !tlsKey) return await listen(handle, { port, host })
    const files = { cert: tlsCert, key: tlsKey }
    const secure = await listen(handle, { port, host, tls: readTls(files) })
    const unwatch = watchTls(files, secure.use, log)
    return { ...secure, close: (graceMs) => secure.close(graceMs).finally(unwatch) }
  }

  async function end() {
    if (!running) return
    const graceMs = config.shutdownSeconds * 1_000
    log.info({ seconds: config.shutdownSeconds }, 'stopping')
    const began = performance.now()
    try {
      await running.drain(graceMs) // still listening: new requests are stored for other processes, or get 503
      await listening?.close(Math.max(graceMs - (performance.now() - began), 200))
      await running.close()
      log.info({}, 'stopped')
    } finally {
      running = listening = undefined
    }
  }

  return {
    start() {
      if (started) return started
      const start = inTurn(begin)
      start.catch(() => {
        if (started === start) started = undefined // so that it can be tried again
      })
      stopped = undefined
      started = start
      return start
    },
    stop() {
      stopped ??= inTurn(end)
      started = undefined
      return stopped
    },
    middleware() {
      mounted = true
      return middleware as KoaMiddleware // Koa calls it with a complete context
    },
    async reload(files) {
      if (!running) throw new UnavailableError('The bot is not started.', 1)
      return await running.reload(files)
    },
  }
}

/** Settings under their environment names, so that both are checked the same way. */
function asEnvironment(given: Partial<Config>): Record<string, string> {
  const named = Object.entries(given).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    named.map(([name, value]) => [name.replace(/[A-Z]/g, '_$&').toUpperCase(), String(value)] as const),
  )
}
