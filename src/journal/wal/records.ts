import type { ReplayToken } from '../../model/replay-protection.js'
import type { EntryState } from '../entry.js'

/** One line of the log. It counts only if its writer owns the entry at that point. */
export interface LogRecord {
  /** `accept`, `witness` (a replay token), `keep` (a state), `close`, `release`, `take` (take over), `probe` (nothing). */
  readonly kind: 'accept' | 'witness' | 'keep' | 'close' | 'release' | 'take' | 'probe'
  /** The entry's id, and the writer's ownership epoch: 0 is the process that accepted it. */
  readonly id: string
  readonly turn: number
  /** JSON: the full progress on `accept`, then its state (`encodeState`), and the audit record on `close`. */
  readonly text: string
  readonly replayToken?: ReplayToken | undefined
}

/** A record, or a function that creates it at the time of writing, to include everything up to then. */
export type RecordSource = LogRecord | (() => LogRecord)

export function encodeRecord({ kind, id, turn, text, replayToken }: LogRecord): string {
  const line = `${kind}\t${JSON.stringify(id)}\t${turn}\t${text}`
  return replayToken ? `${line}\t${JSON.stringify(replayToken)}` : line
}

/** JSON contains neither tabs nor line ends. */
export function decodeRecord(text: string): LogRecord {
  const [kind, id = '""', turn, rest = '', replayToken] = text.split('\t')
  return {
    kind: kind as LogRecord['kind'],
    id: JSON.parse(id) as string,
    turn: Number(turn),
    text: rest,
    replayToken: replayToken === undefined ? undefined : (JSON.parse(replayToken) as ReplayToken),
  }
}

/** Those of one kind. */
export function decodeRecords(lines: string, kind: LogRecord['kind']): readonly LogRecord[] {
  const found = lines.split('\n').filter((line) => line.startsWith(`${kind}\t`))
  return found.map(decodeRecord)
}

/** The progress without the invocation, which is in the log already. */
export function encodeState({ begun, ended, pending, shown, sending, events }: EntryState): string {
  return JSON.stringify({ begun, ended, pending, shown, sending, events })
}
