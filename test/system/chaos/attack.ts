import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSimulator, type Simulator, type SimulatorOptions } from '../../../src/simulator/hipchat.js'
import type { RoomEntry } from '../../../src/simulator/world/state.js'
import { type BotProcess, startBot } from './bot-process.js'
import { createLedger } from './ledger.js'
import { judge, type Typed, type Verdict } from './verdict.js'

/** A place to attack: a simulated server, bots in processes of their own, and people who type. */
export interface Battlefield {
  readonly simulator: Simulator
  readonly dir: string
  /** Where the bot listens. */
  readonly port: number
  /** Where the first bot answers. */
  readonly url: string
  /** Starts one more bot, or the first again; all share the store. */
  start(more?: Readonly<Record<string, string>>): Promise<BotProcess>
  /** Starts the first one anew, with the command files that are there now. */
  restart(more?: Readonly<Record<string, string>>): Promise<BotProcess>
  /** Types a line and notes whether it was accepted; resolves when its webhook was answered. */
  type(command?: Typed['command']): Promise<void>
  /** Types `perSecond` lines until the function that it gives back is called. */
  typing(perSecond: number): () => Promise<void>
  /** Waits until all that was accepted has ended, or `ms` have passed; then judges. */
  verdict(ms: number): Promise<Verdict>
  /** What the bots logged. */
  log(): string
  close(): Promise<void>
}

/** Prepares the field: the bot is started once and installed. */
export async function openBattlefield(
  env: Readonly<Record<string, string>> = {},
  more: Partial<SimulatorOptions> = {},
): Promise<Battlefield & { bot: BotProcess }> {
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-chaos-'))
  const ledger = createLedger(dir)
  const simulator = createSimulator({ port: 0, limits: { requests: 1e9, messages: 1e9 }, ...more })
  await simulator.listen()
  const entries: RoomEntry[] = []
  simulator.onEvent((event) => event.type === 'entry' && entries.push(event.entry))
  const port = Number(env['PORT'] ?? (await freePort()))
  const settings = {
    HOST: '127.0.0.1',
    BASE_URL: `http://127.0.0.1:${port}`,
    STORE_URL: `file:${join(dir, 'data')}`,
    COMMANDS_DIR: dir,
    HIPCHAT_HOSTS: new URL(simulator.url).host,
    LOG_LEVEL: 'info',
    ...env,
  }
  const running = new Set<BotProcess>()
  const typed: Typed[] = []
  const underWay = new Set<Promise<void>>()
  let count = 0

  async function start(more: Readonly<Record<string, string>> = {}): Promise<BotProcess> {
    const bot = await startBot({ PORT: String(port), ...settings, ...more }, join(dir, 'log'))
    running.add(bot)
    void bot.ended.then(() => running.delete(bot))
    return bot
  }

  async function type(command: Typed['command'] = 'once'): Promise<void> {
    const token = `t${++count}`
    const [room, person] = [rooms[count % rooms.length] ?? '', people[count % people.length] ?? '']
    const { entry, deliveries } = await simulator.say(room, person, `/${command} ${token}`)
    const accepted = deliveries.some(({ state }) => state === 'answered')
    const rode = deliveries.some(({ shown }) => shown)
    typed.push({ token, command, messageId: entry.id, at: Date.parse(entry.date), accepted, rode })
  }

  const bot = await start()
  await simulator.install(`http://127.0.0.1:${port}/descriptor.json`)
  return {
    bot,
    simulator,
    dir,
    port,
    url: `http://127.0.0.1:${port}`,
    start,
    async restart(more) {
      await bot.stop()
      const next = await start(more)
      for (const { oauthId } of simulator.addons()) await simulator.update(oauthId)
      return next
    },
    type,
    typing(perSecond) {
      const timer = setInterval(() => {
        const line = type(mix[count % mix.length])
        underWay.add(line)
        void line.finally(() => underWay.delete(line))
      }, 1_000 / perSecond)
      return async () => {
        clearInterval(timer)
        await Promise.all(underWay)
      }
    },
    async verdict(ms) {
      const until = Date.now() + ms
      let found = judge(entries, typed, ledger.runs())
      while (found.lost.length > 0 && Date.now() < until) {
        await new Promise((resolve) => setTimeout(resolve, 200))
        found = judge(entries, typed, ledger.runs())
      }
      // What comes late might come twice.
      await new Promise((resolve) => setTimeout(resolve, 500))
      return judge(entries, typed, ledger.runs())
    },
    log: () => readFileSync(join(dir, 'log'), 'utf8'),
    async close() {
      await Promise.all([...running].map((one) => one.kill()))
      await simulator.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** What people type in turn. */
const mix = ['once', 'soon', 'again', 'soon', 'anew'] as const
const rooms = ['Deployments', 'Lounge', 'Ops']
const people = ['Alice', 'Bob', 'Carol']

/** A port that nobody listens on at the moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
