import { toPosition } from './position.js'
import { decodeRecord } from './records.js'
import { listSegments, segmentFrames } from './segments.js'
import type { Snapshot } from './snapshot.js'
import type { EntryPositions, SeenToken } from './state.js'

/** Makes files of the index anew that are missing or damaged, from what the log still has. Others have their turn meanwhile. */
export async function restoreIndex(dir: string, snapshot: Snapshot): Promise<void> {
  const end = snapshot.position()
  let found = noFindings()
  for (const { number } of listSegments(dir)) {
    for (const frame of segmentFrames(dir, number)) {
      const position = toPosition(number, frame.start)
      if (position >= end) break // what comes from here on is remembered elsewhere
      for (const line of frame.text().split('\n')) note(line, position, found)
      if (found.calls.size + found.replayTokens.size < mostAtOnce) continue
      await snapshot.add(found.calls, found.replayTokens)
      found = noFindings()
    }
  }
  await snapshot.add(found.calls, found.replayTokens)
  await snapshot.dropLost()
}

interface Findings {
  readonly calls: Map<string, EntryPositions>
  readonly replayTokens: Map<string, SeenToken>
}

function noFindings(): Findings {
  return { calls: new Map(), replayTokens: new Map() }
}

/** Where a call was accepted may not stand in the log any more; that it was, before it was closed, is enough. */
function note(line: string, position: number, { calls, replayTokens }: Findings): void {
  if (!/^(close|accept|witness)\t/.test(line)) return
  const { kind, id, replayToken } = decodeRecord(line)
  if (kind === 'close') calls.set(id, { accepted: position, closed: position })
  if (replayToken) replayTokens.set(replayToken.key, { ...replayToken, position })
}

const mostAtOnce = 1_000
