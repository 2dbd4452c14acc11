import type { ReplayToken } from '../../model/replay-protection.js'
import { type Connection, withRedisTimeout } from '../../stores/redis-connection.js'
import { auditKey, entryKey, openKey, ownersKey, replayTokenKey, unowned } from './keys.js'
import { batchScript, defineScript, type Script } from './scripts.js'

/** An operation on one entry. */
export interface BatchedCall {
  readonly what: 'accept' | 'save' | 'close' | 'release' | 'forget'
  /** The first line that the entry must have. */
  readonly token: string
  /** The new contents; computed when it is sent. */
  text(): string
  readonly name: string
  /** When it was accepted, or how long a closed entry is kept. */
  readonly ms?: number | undefined
  readonly replayToken?: ReplayToken | undefined
}

/** The result: `done`, owned by another process, or unknown. */
export type BatchedResult = 'done' | 'other' | 'gone' | 'replayed'

/** Runs an operation, batched with others. */
export type Batcher = (call: BatchedCall) => Promise<BatchedResult>

/** Creates a batcher for the process `me`. Operations of one tick run as one script, in order. */
export function createBatcher(redis: Connection, me: string): Batcher {
  const run = defineScript(redis, 'slashroomBatch', batchScript)
  let queued: QueuedCall[] = []

  function flush(): void {
    const all = queued
    queued = []
    let batch = emptyBatch(me)
    for (const one of all) {
      addTo(batch, one)
      if (batch.sent.length < 100 && batch.size < 1_000_000) continue
      void send(batch, run)
      batch = emptyBatch(me)
    }
    void send(batch, run)
  }

  return (call) =>
    new Promise((resolve, reject) => {
      if (queued.length === 0) setImmediate(flush)
      queued.push({ call, resolve, reject })
    })
}

interface Batch {
  readonly sent: QueuedCall[]
  readonly keys: string[]
  readonly args: (string | number)[]
  size: number
}

function emptyBatch(me: string): Batch {
  return { sent: [], keys: [ownersKey, auditKey, openKey(me), openKey(unowned)], args: [me], size: 0 }
}

function addTo(batch: Batch, one: QueuedCall): void {
  const { what, token, name, ms = 0, replayToken } = one.call
  const text = textOf(one)
  if (text === undefined) return
  batch.keys.push(entryKey(name))
  batch.args.push(what, token, text, name, ms)
  if (what === 'accept') {
    batch.keys.push(replayToken ? replayTokenKey(replayToken.key) : entryKey(name))
    batch.args.push(replayToken?.body ?? '', replayToken ? ttlOf(replayToken) : 0)
  }
  batch.sent.push(one)
  batch.size += text.length
}

async function send({ sent, keys, args }: Batch, run: Script): Promise<void> {
  if (sent.length === 0) return
  try {
    const results = (await withRedisTimeout(run(keys, args))) as readonly BatchedResult[]
    for (const [n, { resolve }] of sent.entries()) resolve(results[n] ?? 'other')
  } catch (error) {
    for (const { reject } of sent) reject(error)
  }
}

/** How long a replay token is kept: a timely request may wait for Redis until after its token would expire. */
export function ttlOf({ until }: ReplayToken): number {
  return Math.max(1_000, Math.ceil(until - Date.now() + spareMs))
}

interface QueuedCall {
  readonly call: BatchedCall
  resolve(result: BatchedResult): void
  reject(error: unknown): void
}

const spareMs = 60_000

/** An operation that cannot be serialized must not affect the others in its batch. */
function textOf({ call, reject }: QueuedCall): string | undefined {
  try {
    return call.text()
  } catch (error) {
    reject(error)
    return undefined
  }
}
