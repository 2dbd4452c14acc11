import type { ReplayToken } from '../../model/replay.js'
import { type Connection, withRedisTimeout } from '../../stores/redis-connection.js'
import { auditKey, entryKey, openKey, ownersKey, proofKey, unowned } from './keys.js'
import { batchScript, defineScript } from './scripts.js'

/** What is asked for one entry. */
export interface BatchedCall {
  readonly what: 'accept' | 'keep' | 'close' | 'release' | 'forget'
  /** The first line of an entry with which it may be done. */
  readonly token: string
  /** What is to stand there; made when it is sent. */
  text(): string
  readonly name: string
  /** When it was accepted, or for how long a closed one is kept. */
  readonly ms?: number | undefined
  readonly proof?: ReplayToken | undefined
}

/** What came of a step: it is another's, or nobody knows it, where it is not done. */
export type BatchedResult = 'done' | 'other' | 'gone' | 'replayed'

/** Gives the process `me` a way to ask for steps. Those of one turn of the event loop are one script, in their order. */
export function createBatcher(redis: Connection, me: string): (step: BatchedCall) => Promise<BatchedResult> {
  const run = defineScript(redis, 'slashroomSteps', batchScript)
  const common = [ownersKey, auditKey, openKey(me), openKey(unowned)]
  let asked: Asked[] = []

  function send(): void {
    const all = asked
    asked = []
    let batch = createBatch()
    for (const one of all) {
      batch.add(one)
      if (batch.isFull()) {
        void batch.send()
        batch = createBatch()
      }
    }
    void batch.send()
  }

  function createBatch() {
    const sent: Asked[] = []
    const keys = [...common]
    const given: (string | number)[] = [me]
    let size = 0
    return {
      add(one: Asked): void {
        const { what, token, name, ms = 0, proof: replayToken } = one.step
        const text = textOf(one)
        if (text === undefined) return
        keys.push(entryKey(name))
        given.push(what, token, text, name, ms)
        if (what === 'accept') {
          keys.push(replayToken ? proofKey(replayToken.key) : entryKey(name))
          given.push(replayToken?.body ?? '', replayToken ? ttlOf(replayToken) : 0)
        }
        sent.push(one)
        size += text.length
      },
      isFull: () => sent.length >= 100 || size >= 1_000_000,
      async send(): Promise<void> {
        if (sent.length === 0) return
        try {
          const answers = (await withRedisTimeout(run(keys, given))) as readonly BatchedResult[]
          for (const [n, { resolve }] of sent.entries()) resolve(answers[n] ?? 'other')
        } catch (error) {
          for (const { reject } of sent) reject(error)
        }
      },
    }
  }

  return (step) =>
    new Promise((resolve, reject) => {
      if (asked.length === 0) setImmediate(send)
      asked.push({ step, resolve, reject })
    })
}

/** For how long a proof is kept: a request that came in time may wait for Redis until it no longer is. */
export function ttlOf({ until }: ReplayToken): number {
  return Math.max(1_000, Math.ceil(until - Date.now() + spareMs))
}

interface Asked {
  readonly step: BatchedCall
  resolve(answer: BatchedResult): void
  reject(error: unknown): void
}

const spareMs = 60_000

/** What cannot be written harms none of those that are sent with it. */
function textOf({ step, reject }: Asked): string | undefined {
  try {
    return step.text()
  } catch (error) {
    reject(error)
    return undefined
  }
}
