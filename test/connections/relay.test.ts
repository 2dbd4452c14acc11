import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { createRelay, type Relay } from '../../src/connections/relay.js'
import { DeliveryError, UnavailableError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import { type Reply, say } from '../../src/model/reply.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import type { Store } from '../../src/stores/store.js'
import { invocationOf } from '../fixtures/invocation.js'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

describe('a reply of a process that does not hold the connection', () => {
  it('is delivered by the one that does, in order, each once', async () => {
    const world = createWorld()
    world.hold('a')
    const sender = world.relay('b').relay
    for (const text of ['one', 'two', 'three']) await sender.send(say(text), invocationOf('1'))
    expect(world.delivered).toEqual(['a: one', 'a: two', 'a: three'])
    await expect.poll(() => world.left()).toEqual([])
  })

  it('is one of many that are under way at once', async () => {
    const world = createWorld()
    world.hold('a')
    const senders = ['b', 'c', 'd'].map((name) => world.relay(name).relay)
    const texts = Array.from({ length: 60 }, (_, at) => `text ${at}`)
    await Promise.all(texts.map((text, at) => senders[at % 3]?.send(say(text), invocationOf(text))))
    expect(world.delivered.toSorted()).toEqual(texts.map((text) => `a: ${text}`).toSorted())
  })

  it('is refused as the platform refuses it there', async () => {
    const world = createWorld()
    world.hold('a', () => Promise.reject(new DeliveryError('the room is gone', { retry: false })))
    const failed = world.relay('b').relay.send(say('one'), invocationOf('1'))
    await expect(failed).rejects.toMatchObject({ message: 'the room is gone', retryAdvice: { retry: false } })
  })

  it('waits for the next holder', async () => {
    const world = createWorld()
    const sent = world.relay('b', { patienceMs: 60_000 }).relay.send(say('one'), invocationOf('1'))
    await sleep(200)
    expect(world.delivered).toEqual([])
    world.hold('c')
    await sent
    expect(world.delivered).toEqual(['c: one'])
  })

  it('is taken back where nobody holds the connection: then nobody delivers it', async () => {
    const world = createWorld()
    const sent = world.relay('b', { patienceMs: 50 }).relay.send(say('one'), invocationOf('1'))
    await expect(sent).rejects.toMatchObject({ retryAdvice: { retry: true } })
    world.hold('c')
    await sleep(300)
    expect(world.delivered).toEqual([])
  })

  it('is not taken back from a holder that takes its time', async () => {
    const world = createWorld()
    world.hold('a', () => sleep(1_000))
    await world.relay('b', { patienceMs: 50 }).relay.send(say('one'), invocationOf('1'))
    expect(world.delivered).toEqual(['a: one'])
  })

  it('is tried again where its holder died over it', async () => {
    const world = createWorld()
    world.hold('a', () => new Promise(() => undefined))
    const sent = world.relay('b', { patienceMs: 500 }).relay.send(say('one'), invocationOf('1'))
    await expect.poll(() => world.delivered).toEqual(['a: one'])
    world.hold('c')
    await expect(sent).rejects.toMatchObject({ retryAdvice: { retry: true } })
    expect(world.delivered).toEqual(['a: one']) // its sender decides, and nobody else
  })

  it('arrives once though the store is away for a while', async () => {
    const world = createWorld()
    world.hold('a')
    world.fail(15)
    await world.relay('b').relay.send(say('one'), invocationOf('1'))
    expect(world.delivered).toEqual(['a: one'])
  })
})

/** Processes that share a store, one of which holds the connection. */
function createWorld() {
  const store = createMemoryStore()
  const delivered: string[] = []
  let holder: string | undefined
  let failures = 0
  const failing: Store = {
    ...store,
    get: (key) => (failures-- > 0 ? Promise.reject(new UnavailableError('away', 1)) : store.get(key)),
  }

  function relay(id: string, { patienceMs = 15_000, deliver = async () => undefined }: RelayOptions = {}) {
    const lease = { id, isHeld: () => holder === id, holder: async () => holder }
    const noted = async (reply: Reply) => {
      delivered.push(`${id}: ${reply.kind === 'text' ? reply.text : reply.kind}`)
      await deliver()
    }
    const given = { platform: 'chat', deliver: noted, lease, store: failing, log: silentLogger, patienceMs, lookMs: 10 }
    return { relay: createRelay(given) }
  }

  return {
    delivered,
    relay,
    hold(id: string, deliver?: () => Promise<undefined>) {
      holder = id
      const stopped = new AbortController()
      stops.push(() => stopped.abort())
      const serving: Relay = relay(id, deliver ? { deliver } : {}).relay
      void serving.serve(stopped.signal)
    },
    fail(times: number) {
      failures = times
    },
    async left() {
      const keys: string[] = []
      for await (const [key] of store.list('relay/chat/request/')) keys.push(key)
      for await (const [key] of store.list('relay/chat/result/')) keys.push(key)
      return keys
    },
  }
}

interface RelayOptions {
  readonly patienceMs?: number
  readonly deliver?: () => Promise<undefined>
}
