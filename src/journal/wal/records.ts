import type { ReplayToken } from '../../model/replay-protection.js'
import type { EntryState } from '../entry.js'

/** One line of the log. What it says of an entry counts only from who has the entry by then. */
export interface LogRecord {
  /** `accept`, `witness` (a replay token), `keep` its state, `close`, `release`, `take` what another had; `probe` says nothing. */
  readonly kind: 'accept' | 'witness' | 'keep' | 'close' | 'release' | 'take' | 'probe'
  /** The entry's id, and the writer's ownership epoch: 0 is the process that accepted it. */
  readonly id: string
  readonly turn: number
  /** JSON: all its progress when it is accepted, its state later (`encodeState`), its audit record when closed. */
  readonly text: string
  readonly replayToken?: ReplayToken | undefined
}

/** A record, or what makes it when it is written: what happened until then stands in it. */
export type RecordSource = LogRecord | (() => LogRecord)

export function encodeRecord({ kind, id, turn, text, replayToken }: LogRecord): string {
  const line = `${kind}\t${JSON.stringify(id)}\t${turn}\t${text}`
  return replayToken ? `${line}\t${JSON.stringify(replayToken)}` : line
}

/** Neither tabs nor line ends stand in JSON. */
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

/** How far it has come, without the invocation, which stands in the log already. */
export function encodeState({ begun, ended, pending, shown, sending, events }: EntryState): string {
  return JSON.stringify({ begun, ended, pending, shown, sending, events })
}
