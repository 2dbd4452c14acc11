import { toPosition } from './position.js'
import { decodeRecord } from './records.js'
import { listSegments, segmentFrames } from './segments.js'
import type { Snapshot } from './snapshot.js'
import type { EntryPositions, SeenToken } from './state.js'

/** Rebuilds missing or damaged index files from the log. Yields to the event loop. */
export async function restoreIndex(dir: string, snapshot: Snapshot): Promise<void> {
  const end = snapshot.position()
  let found = noFindings()
  for (const { number } of listSegments(dir)) {
    for (const frame of segmentFrames(dir, number)) {
      const position = toPosition(number, frame.start)
      if (position >= end) break // later records are in the state
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

/** The position of acceptance may be gone from the log; any position before the close will do. */
function note(line: string, position: number, { calls, replayTokens }: Findings): void {
  if (!/^(close|accept|witness)\t/.test(line)) return
  const { kind, id, replayToken } = decodeRecord(line)
  if (kind === 'close') calls.set(id, { accepted: position, closed: position })
  if (replayToken) replayTokens.set(replayToken.key, { ...replayToken, position })
}

const mostAtOnce = 1_000
