import { randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname, uptime } from 'node:os'

/** A process that has entries in hand, as others see it. Plain JSON. */
export interface ProcessIdentity {
  readonly id: string
  /** This start of this machine. */
  readonly boot: string
  /** Where `pid` means something. */
  readonly space: string
  readonly pid: number
  /** When the process started, as the system counts: another process may get the same pid later. */
  readonly started: string
  /** When it last said that it lives: seconds since the machine started, and milliseconds since 1970. */
  readonly beat: { readonly up: number; readonly at: number }
  /** True while it takes over what others leave: it works, and does not stop. */
  readonly takes?: boolean
}

/** A process of this machine, this one if none is named, under a new id. */
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

/** Now, as a heartbeat tells it. */
export function heartbeat(): ProcessIdentity['beat'] {
  return { up: uptime(), at: Date.now() }
}

/**
 * Whether `other` is dead. Where its pid can be looked up, that decides: a process that is only frozen lives.
 * Where not, a heartbeat older than 15 s does, by a clock that nobody sets, if there is a common one.
 */
export function isDead(other: ProcessIdentity, self: ProcessIdentity): boolean {
  const exited = hasExited(other, self)
  if (exited !== undefined) return exited
  const now = heartbeat()
  const ageMs = other.boot === self.boot ? (now.up - other.beat.up) * 1_000 : now.at - other.beat.at
  return ageMs > silenceMs
}

/** Whether `other` has ended for certain; undefined where its pid means nothing here: on another machine, in another container. */
export function hasExited(other: Omit<ProcessIdentity, 'beat'>, self: ProcessIdentity): boolean | undefined {
  return isVisible(other, self) ? startOf(other.pid) !== other.started : undefined
}

const silenceMs = 15_000

/**
 * Gives a function that tells the same of a process that is looked at again and again. Who is judged by heartbeat is dead
 * only if none came within several looks: after a pause of the whole machine every heartbeat is old, and whoever goes on
 * first would take what all others have in hand.
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

/** When the process started; undefined when there is none, or only its remains. See proc_pid_stat(5). */
function startOf(pid: number): string | undefined {
  const stat = readOr(() => readFileSync(`/proc/${pid}/stat`, 'utf8'), '')
  // The name stands in brackets and may hold anything; state is the first field after it, start time the twentieth.
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
