import { statSync } from 'node:fs'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { Logger } from '../../model/logger.js'
import { toPosition } from './position.js'
import { listSegments, segmentFrames, segmentPath } from './segments.js'

/** Bytes of a log file that belong to no complete frame. */
interface Damage {
  readonly file: string
  readonly from: number
  readonly bytes: number
  /** True if complete frames follow. */
  readonly inside: boolean
  readonly position: number
}

/**
 * Logs which parts of the log are unreadable and what that means; everything before `readFrom` is in the store too. Yields
 * to the event loop. Compacted files are not checked, because they contain only audit records.
 */
export async function reportDamage(dir: string, readFrom: number, log: Logger): Promise<void> {
  for (const { number } of listSegments(dir).filter(({ done }) => !done)) {
    for (const { position, inside, ...where } of await lastingDamage(dir, number)) {
      if (!inside) log.warn(where, 'the log ends in a write that was cut short: it was never acknowledged')
      else if (position < readFrom)
        log.warn(where, 'the log is damaged: calls that ended there are missing from the audit')
      else
        log.error(where, 'the log is damaged: calls accepted there are lost, and calls that ended there may run again')
    }
  }
}

/** A frame that another process is writing is complete a moment later. */
async function lastingDamage(dir: string, number: number): Promise<readonly Damage[]> {
  const found = await findDamage(dir, number)
  if (found.length === 0) return found
  await sleep(500, undefined, { ref: false })
  const again = new Set((await findDamage(dir, number)).map(({ from, bytes }) => `${from}+${bytes}`))
  return found.filter(({ from, bytes }) => again.has(`${from}+${bytes}`))
}

async function findDamage(dir: string, number: number): Promise<readonly Damage[]> {
  const file = segmentPath(dir, number)
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  const found: Damage[] = []
  let end = 0
  let count = 0
  for (const frame of segmentFrames(dir, number)) {
    if (frame.start > end) found.push(damage(end, frame.start, true))
    end = frame.end
    if (++count % 100 === 0) await turn()
  }
  if (size > end) found.push(damage(end, size, false))
  return found

  function damage(from: number, to: number, inside: boolean): Damage {
    return { file, from, bytes: to - from, inside, position: toPosition(number, from) }
  }
}
