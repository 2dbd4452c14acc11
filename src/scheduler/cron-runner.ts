import type { Invocation } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import type { ReplyTarget } from '../model/schedule.js'
import type { ProactivePlatform } from '../platforms/platform.js'
import { holdsRoom } from '../policy/policy.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import type { CronSchedule } from '../registry/cron-schedule.js'
import type { Registry } from '../registry/registry.js'
import { fingerprint } from '../shared/crypto.js'
import type { Store } from '../stores/store.js'
import type { ScheduleSubscriptions } from './room-subscriptions.js'

/** Runs commands on their schedules. */
export interface CronRunner {
  /** When the next one is due, in milliseconds since 1970; Infinity if nothing is scheduled. */
  next(now: number): number
  /** Runs what is due; of missed occurrences only the latest, unless it is too long ago. */
  turn(now: number): Promise<void>
  stop(): void
}

/** What the runner needs. */
export interface CronRunnerDeps {
  readonly registry: Registry
  readonly store: Store
  readonly subscriptions: ScheduleSubscriptions
  readonly platforms: () => readonly ProactivePlatform[]
  readonly log: Logger
  /** Runs an invocation, once across all processes. */
  readonly accept: (invocation: Invocation) => Promise<unknown>
}

/** The caller of scheduled calls: no platform has user ids like this. */
export const scheduler = { id: 'schedule', name: 'schedule' } as const

/** Occurrences that were due longer ago are skipped. */
const lateMs = 5 * 60_000
/** How long the first process to claim an occurrence has before another may take it. */
const patienceMs = 30_000
/** Longer than the interval of a yearly schedule. */
const keptMs = 400 * 86_400_000
/** Rooms that are processed in parallel. */
const atOnce = 50

/** Creates the runner. All processes look; the journal accepts each occurrence once. */
export function createCronRunner(deps: CronRunnerDeps): CronRunner {
  const { registry, store, subscriptions, platforms, log, accept } = deps
  // The time up to which each schedule is done. The store is read only if a schedule seems due.
  let done = new Map<string, number>()
  let stopped = false

  const plans = () =>
    registry.list().flatMap((compiled) => {
      return compiled.schedules.map((schedule) => ({ compiled, schedule, key: keyOf(compiled, schedule) }))
    })

  async function turnOne({ compiled, schedule, key }: ReturnType<typeof plans>[number], now: number): Promise<void> {
    const until = done.get(key) ?? (await readDone(key, now))
    done.set(key, until)
    if ((schedule.next(until) ?? Number.POSITIVE_INFINITY) > now) return
    const shared = await readDone(key, now)
    const at = latest(schedule, Math.max(shared, now - lateMs), now)
    const missed = schedule.next(shared)
    if (at === undefined) {
      if (missed === undefined || missed > now) return void done.set(key, shared) // another process ran it
      log.warn({ command: compiled.name, cron: schedule.cron, due: new Date(missed).toISOString() }, 'schedule missed')
      return await finish(key, now)
    }
    if (now - at < patienceMs && !(await store.add(`${key}/${at}`, true, { ttlMs: 2 * lateMs }))) return
    if (await run(compiled, schedule, at)) await finish(key, at)
  }

  /** A new schedule starts now. */
  async function readDone(key: string, now: number): Promise<number> {
    if (await store.add(key, now, { ttlMs: keptMs })) return now
    return Number(await store.get(key))
  }

  async function finish(key: string, at: number): Promise<void> {
    await store.set(key, at, { ttlMs: keptMs })
    done.set(key, at)
  }

  /** Whether every room was done; rooms that failed are retried, the others are not repeated. */
  async function run(compiled: CompiledCommand, schedule: CronSchedule, at: number): Promise<boolean> {
    const { spots, whole } = await find(compiled, schedule)
    log.info({ command: compiled.name, cron: schedule.cron, rooms: spots.length }, 'schedule due')
    for (let from = 0; from < spots.length; from += atOnce) {
      if (stopped) return false
      const some = spots.slice(from, from + atOnce)
      await Promise.all(some.map((spot) => accept(toInvocation(compiled, schedule, at, spot))))
    }
    return whole
  }

  async function find(compiled: CompiledCommand, { rooms }: CronSchedule) {
    const spots: ScheduleTarget[] = []
    const off: ScheduleTarget[] = []
    let whole = true
    for await (const { on, platform, place } of subscriptions.list(compiled.name)) {
      const chatPlatform = platforms().find(({ name }) => name === platform)
      const asked = chatPlatform?.isInstalled?.(place.installation).catch(() => undefined)
      const stood = asked ? await asked : true
      if (stood === undefined) whole = false
      else if (!stood) await subscriptions.drop(compiled.name, { ...place, platform })
      else if (!on) off.push({ platform, place })
      else if (chatPlatform && (!rooms || holdsRoom(rooms, place.room))) spots.push({ platform, place })
    }
    for (const { name: platform, listRooms } of platforms()) {
      try {
        for await (const place of listRooms?.(rooms) ?? []) {
          const spot = { platform, place }
          if (![...off, ...spots].some((other) => isSame(other, spot))) spots.push(spot)
        }
      } catch (error) {
        whole = false
        log.warn({ platform, command: compiled.name, reason: String(error) }, 'rooms of a schedule not found')
      }
    }
    return { spots, whole }
  }

  return {
    next(now) {
      const times = plans().flatMap(({ schedule, key }) => schedule.next(Math.min(done.get(key) ?? 0, now)) ?? [])
      return Math.min(Number.POSITIVE_INFINITY, ...times)
    },
    async turn(now) {
      const all = plans()
      const keys = new Set(all.map(({ key }) => key))
      done = new Map([...done].filter(([key]) => keys.has(key)))
      for (const plan of all) {
        if (stopped) return
        await turnOne(plan, now).catch((error: unknown) =>
          log.warn({ command: plan.compiled.name, reason: String(error) }, 'schedule not run yet'),
        )
      }
    },
    stop() {
      stopped = true
    },
  }
}

/** A room of a platform's. */
interface ScheduleTarget {
  readonly platform: string
  readonly place: ReplyTarget
}

/** If schedules differ only in their rooms, the first one keeps the key that it would have alone. */
function keyOf({ name, schedules }: CompiledCommand, schedule: CronSchedule): string {
  const { cron, zone, line, rooms = [] } = schedule
  const first = schedules.find((one) => one.cron === cron && one.zone === zone && one.line === line)
  return `scheduled/${fingerprint(name, cron, zone, line, ...(first === schedule ? [] : rooms))}`
}

/** The last time after `from`, up to `now`. */
function latest(schedule: CronSchedule, from: number, now: number): number | undefined {
  let found: number | undefined
  for (let at = schedule.next(from); at !== undefined && at <= now; at = schedule.next(at)) found = at
  return found
}

/** An occurrence has the same id in every process. */
function toInvocation({ name }: CompiledCommand, schedule: CronSchedule, at: number, spot: ScheduleTarget): Invocation {
  const { cron, zone, line } = schedule
  const { platform, place } = spot
  return {
    id: fingerprint('schedule', platform, place.tenant.id, place.room.id, name, cron, zone, line, at),
    platform,
    ...place,
    user: scheduler,
    text: line,
    mentions: [],
    at,
    scheduled: name,
  }
}

/** A room found by name may have no id of its own. */
function isSame(one: ScheduleTarget, other: ScheduleTarget): boolean {
  if (one.platform !== other.platform || one.place.tenant.id !== other.place.tenant.id) return false
  const [a, b] = [one.place.room, other.place.room]
  if (a.id === b.id) return true
  return (isNamed(a) || isNamed(b)) && a.name.toLowerCase() === b.name.toLowerCase()
}

function isNamed({ id, name }: ReplyTarget['room']): boolean {
  return id.replace(/^#/, '') === name
}
