import { statSync } from 'node:fs'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { Logger } from '../../model/logger.js'
import { toPosition } from './position.js'
import { listSegments, segmentFrames, segmentPath } from './segments.js'

/** Bytes of a file of the log that belong to no whole frame. */
interface Damage {
  readonly file: string
  readonly from: number
  readonly bytes: number
  /** True where whole frames follow. */
  readonly inside: boolean
  readonly position: number
}

/**
 * Logs which parts of the log cannot be read, and what that means: what stands before `readFrom` was kept in the store
 * too. Others have their turn meanwhile. Files that were made shorter since are not looked at: they hold the audit only.
 */
export async function reportDamage(dir: string, readFrom: number, log: Logger): Promise<void> {
  for (const { number } of listSegments(dir).filter(({ done }) => !done)) {
    for (const { position, inside, ...where } of await lastingDamage(dir, number)) {
      if (!inside) log.warn(where, 'the log ends in a write that was cut short: it was never acknowledged')
      else if (position < readFrom) log.warn(where, 'the log is damaged: what ended there is missing in the audit')
      else
        log.error(
          where,
          'the log is damaged: what was accepted there is lost, and what ended there may be taken up again',
        )
    }
  }
}

/** What another process is just writing is whole a moment later. */
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
