import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, uptime } from 'node:os'

/** A process that owns entries, as others see it. Plain JSON. */
export interface ProcessIdentity {
  readonly id: string
  /** The boot id of the machine. */
  readonly boot: string
  /** The namespace in which `pid` is valid. */
  readonly space: string
  readonly pid: number
  /** The process's start time in system ticks, because pids are reused. */
  readonly started: string
  /** Its last heartbeat: seconds since boot, and milliseconds since 1970. */
  readonly beat: { readonly up: number; readonly at: number }
  /** True while it takes over entries of others, that is, until it stops. */
  readonly takes?: boolean
}

/** Describes a process of this machine, by default this one, under a new id. */
export function describeProcess(pid: number = process.pid): ProcessIdentity {
  return {
    id: randomBytes(8).toString('hex'),
    boot: readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), hostname()),
    space: readOr(() => readlinkSync('/proc/self/ns/pid'), ''),
    pid,
    started: startOf(pid) ?? '',
    beat: heartbeat(),
  }
}

/** The current time for a heartbeat. */
export function heartbeat(): ProcessIdentity['beat'] {
  return { up: uptime(), at: Date.now() }
}

/**
 * Whether `other` is dead. If its pid can be looked up, that decides, so a frozen process counts as alive. If not, a
 * heartbeat older than 15 s does, by a monotonic clock if there is a common one.
 */
export function isDead(other: ProcessIdentity, self: ProcessIdentity): boolean {
  const exited = hasExited(other, self)
  if (exited !== undefined) return exited
  const now = heartbeat()
  const ageMs = other.boot === self.boot ? (now.up - other.beat.up) * 1_000 : now.at - other.beat.at
  return ageMs > silenceMs
}

/** Whether `other` has definitely exited; undefined if its pid is meaningless here: on another machine or in another container. */
export function hasExited(other: Omit<ProcessIdentity, 'beat'>, self: ProcessIdentity): boolean | undefined {
  return isVisible(other, self) ? startOf(other.pid) !== other.started : undefined
}

const silenceMs = 15_000

/**
 * Returns a function that does the same for repeated checks. A process judged by heartbeat is dead only if several checks
 * saw none: after a pause of the whole machine all heartbeats are old, and the first process to continue must not take over
 * everything.
 */
export function createDeathWatch(self: ProcessIdentity, mostLooks = 3): (other: ProcessIdentity) => boolean {
  const silent = new Map<string, { readonly at: number; readonly looks: number }>()
  return (other) => {
    const { id, beat } = other
    if (!isDead(other, self)) {
      silent.delete(id)
      return false
    }
    if (isVisible(other, self)) return true
    const before = silent.get(id)
    const looks = before?.at === beat.at ? before.looks + 1 : 0
    silent.set(id, { at: beat.at, looks })
    return looks >= mostLooks
  }
}

/** Whether its pid can be looked up here. */
function isVisible(other: Omit<ProcessIdentity, 'beat'>, self: ProcessIdentity): boolean {
  return other.space !== '' && other.boot === self.boot && other.space === self.space
}

/** The start time of a process; undefined if it does not exist or is a zombie. See proc_pid_stat(5). */
function startOf(pid: number): string | undefined {
  const stat = readOr(() => readFileSync(`/proc/${pid}/stat`, 'utf8'), '')
  // The name is in parentheses and may contain anything; after it, state is field 1 and start time field 20.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
}

function readOr(read: () => string, otherwise: string): string {
  try {
    return read()
  } catch {
    return otherwise
  }
}
