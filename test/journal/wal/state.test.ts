import { describe, expect, it } from 'vitest'
import { accepted } from '../../../src/journal/entry.js'
import { decodeRecord, encodeRecord, encodeState, type LogRecord } from '../../../src/journal/wal/records.js'
import {
  type Baseline,
  createLogState,
  entryStateOf,
  type LogState,
  type OpenEntry,
  unowned,
} from '../../../src/journal/wal/state.js'
import { forge, type Random } from '../../fixtures/forge.js'
import { invocationOf } from '../../fixtures/invocation.js'

describe('what the log says', () => {
  it('is the same from whichever position it is read, and however much the past knows already', async () => {
    await forge('logs read in parts', 1, (random) => {
      const log = logOf(random)
      const whole = createLogState(noPast, [])
      const verdicts = log.map(({ owner, line, position }) => whole.apply(owner, line, position))

      const cut = random.below(log.length)
      const before = createLogState(noPast, [])
      for (const { owner, line, position } of log.slice(0, cut)) before.apply(owner, line, position)
      // Another process may be further on, and have saved what it knows.
      const ahead = createLogState(noPast, [])
      const to = cut + random.below(log.length - cut + 1)
      for (const { owner, line, position } of log.slice(0, to)) ahead.apply(owner, line, position)
      const rest = createLogState(random.once(2) ? pastOf(before) : pastOf(ahead), [...before.open.values()])
      const later = log.slice(cut).map(({ owner, line, position }) => rest.apply(owner, line, position))
      expect(later).toEqual(verdicts.slice(cut))
      expect(openIn(rest)).toEqual(openIn(whole))
    })
  })

  it('is the same where what is new was given to the past meanwhile, or could not be', async () => {
    await forge('logs saved on the way', 1, (random) => {
      const log = logOf(random)
      const whole = createLogState(noPast, [])
      const saved = { calls: new Map(), proofs: new Map() } as { calls: Map<string, never>; proofs: Map<string, never> }
      const parted = createLogState(
        { find: (id) => saved.calls.get(id), findReplayToken: ({ key }) => saved.proofs.get(key) },
        [],
      )
      let changes: ReturnType<LogState['beginFlush']> | undefined
      for (const { owner, line, position } of log) {
        if (line.replayToken) parted.findReplayToken(line.replayToken)
        expect(parted.apply(owner, line, position)).toBe(whole.apply(owner, line, position))
        if (changes && random.once(3)) {
          const works = random.once(2)
          for (const [id, places] of works ? changes.calls : []) saved.calls.set(id, places as never)
          for (const [key, proof] of works ? changes.replayTokens : []) saved.proofs.set(key, proof as never)
          parted.endFlush(works)
          changes = undefined
        } else if (!changes && random.once(3)) changes = parted.beginFlush()
      }
      expect(openIn(parted)).toEqual(openIn(whole))
      for (const id of ids) expect(parted.find(id)).toEqual(whole.find(id))
    })
  })

  it('remembers only so many proofs that nobody knows while nothing can be written', () => {
    let asked = 0
    const state = createLogState({ ...noPast, findReplayToken: () => void asked++ }, [])
    const ask = (key: string): number => {
      state.findReplayToken({ key, body: 'a', until: 9 })
      return asked
    }
    expect([ask('first'), ask('first')]).toEqual([1, 1])
    for (let n = 0; n < 20_000; n++) ask(`${n}`)
    expect([ask('first'), ask('last'), ask('last')]).toEqual([20_001, 20_002, 20_003])
  })

  it('lets an entry be taken from whom one thinks has it, by one', () => {
    const state = createLogState(noPast, [])
    const say = (owner: string, kind: LogRecord['kind'], turn: number, text = ''): string =>
      state.apply(owner, { kind, id: '1', turn, text }, 1)
    const kept = encodeState(accepted(invocationOf('1'), 5, true))
    expect(say(a, 'accept', 0, JSON.stringify(accepted(invocationOf('1'), 5, true)))).toBe('done')
    expect(say(b, 'keep', 0, kept)).toBe('lost')
    expect(say(b, 'close', 0)).toBe('lost')
    expect(say(b, 'take', 0, '7')).toBe('done')
    expect(say(c, 'take', 0, '8')).toBe('lost')
    expect(say(a, 'keep', 0, kept)).toBe('lost')
    expect(entryStateOf(state.open.get('1') as OpenEntry).events).toEqual([
      { what: 'accepted', at: 5 },
      { what: 'begun', at: 5 },
      { what: 'taken over', at: 7 },
    ])
    expect(say(b, 'release', 1, kept)).toBe('done')
    expect(state.open.get('1')).toMatchObject({ owner: unowned, turn: 2 })
    expect(say(b, 'close', 1)).toBe('lost')
    expect(say(a, 'take', 2, '9')).toBe('done')
    expect(say(a, 'close', 0)).toBe('lost') // what it held before it was thought dead
    expect(say(a, 'close', 3)).toBe('done')
    expect(state.open.size).toBe(0)
    expect(say(a, 'accept', 0)).toBe('known')
  })

  it('is written in lines that hold anything', () => {
    const text = JSON.stringify({ text: 'tab\t, line\nend, \u2028, \u0000, 💥, \ud800' })
    const line: LogRecord = {
      kind: 'accept',
      id: 'a\tb\nc"',
      turn: 3,
      text,
      replayToken: { key: 'k\t\n', body: 'b', until: 5 },
    }
    expect(encodeRecord(line)).not.toContain('\n')
    expect(decodeRecord(encodeRecord(line))).toEqual(line)
    expect(decodeRecord(encodeRecord({ ...line, replayToken: undefined }))).toEqual({ ...line, replayToken: undefined })
  })
})

const [a, b, c] = ['a', 'b', 'c'].map((owner) => owner.repeat(16)) as [string, string, string]
const owners = [a, b, c]
const ids = ['1', '2', '3', '4', '5']
const noPast: Baseline = { find: () => undefined, findReplayToken: () => undefined }

function logOf(
  random: Random,
): readonly { readonly owner: string; readonly line: LogRecord; readonly position: number }[] {
  return Array.from({ length: 30 }, (_, position) => ({ owner: random.pick(owners), line: lineOf(random), position }))
}

function lineOf(random: Random): LogRecord {
  const id = random.pick(ids)
  const replayToken = { key: random.pick(['p', 'q', 'r']), body: random.pick(['x', 'y']), until: 9 }
  const kind = random.pick(['accept', 'accept', 'witness', 'keep', 'close', 'release', 'take', 'take'] as const)
  if (kind === 'accept') {
    const text = JSON.stringify(accepted(invocationOf(id), 1))
    return { kind, id, turn: 0, text, replayToken: random.once(2) ? replayToken : undefined }
  }
  if (kind === 'witness') return { kind, id: '', turn: 0, text: '', replayToken }
  return {
    kind,
    id,
    turn: random.below(3),
    text: kind === 'take' ? '1' : encodeState(accepted(invocationOf(id), 2, true)),
  }
}

/** A past that knows all that a state does. */
function pastOf(state: LogState): Baseline {
  const { calls, replayTokens: proofs } = state.beginFlush()
  return { find: (id) => calls.get(id), findReplayToken: ({ key }) => proofs.get(key) }
}

function openIn({ open }: LogState): readonly OpenEntry[] {
  return [...open.values()].sort((one, other) => one.id.localeCompare(other.id))
}
