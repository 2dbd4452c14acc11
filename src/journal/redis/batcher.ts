import type { ReplayToken } from '../../model/replay.js'
import { type Connection, withRedisTimeout } from '../../stores/redis-connection.js'
import { auditKey, entryKey, openKey, ownersKey, replayTokenKey, unowned } from './keys.js'
import { batchScript, defineScript } from './scripts.js'

/** What is asked for one entry. */
export interface BatchedCall {
  readonly what: 'accept' | 'save' | 'close' | 'release' | 'forget'
  /** The first line of an entry with which it may be done. */
  readonly token: string
  /** What is to stand there; made when it is sent. */
  text(): string
  readonly name: string
  /** When it was accepted, or for how long a closed one is kept. */
  readonly ms?: number | undefined
  readonly replayToken?: ReplayToken | undefined
}

/** What came of a call: it is another's, or nobody knows it, where it is not done. */
export type BatchedResult = 'done' | 'other' | 'gone' | 'replayed'

/** Gives the process `me` a way to call. Those of one turn of the event loop are one script, in their order. */
export function createBatcher(redis: Connection, me: string): (call: BatchedCall) => Promise<BatchedResult> {
  const run = defineScript(redis, 'slashroomSteps', batchScript)
  const common = [ownersKey, auditKey, openKey(me), openKey(unowned)]
  let queued: QueuedCall[] = []

  function send(): void {
    const all = queued
    queued = []
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
    const sent: QueuedCall[] = []
    const keys = [...common]
    const given: (string | number)[] = [me]
    let size = 0
    return {
      add(one: QueuedCall): void {
        const { what, token, name, ms = 0, replayToken } = one.call
        const text = textOf(one)
        if (text === undefined) return
        keys.push(entryKey(name))
        given.push(what, token, text, name, ms)
        if (what === 'accept') {
          keys.push(replayToken ? replayTokenKey(replayToken.key) : entryKey(name))
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

  return (call) =>
    new Promise((resolve, reject) => {
      if (queued.length === 0) setImmediate(send)
      queued.push({ call, resolve, reject })
    })
}

/** For how long a replay token is kept: a request that came in time may wait for Redis until it no longer is. */
export function ttlOf({ until }: ReplayToken): number {
  return Math.max(1_000, Math.ceil(until - Date.now() + spareMs))
}

interface QueuedCall {
  readonly call: BatchedCall
  resolve(answer: BatchedResult): void
  reject(error: unknown): void
}

const spareMs = 60_000

/** What cannot be written harms none of those that are sent with it. */
function textOf({ call, reject }: QueuedCall): string | undefined {
  try {
    return call.text()
  } catch (error) {
    reject(error)
    return undefined
  }
}
