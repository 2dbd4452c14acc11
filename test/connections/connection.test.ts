import { describe, expect, it, vi } from 'vitest'
import { type Connection, createConnection } from '../../src/connections/connection.js'
import { createLease, type Lease } from '../../src/connections/lease.js'
import { ConnectionError } from '../../src/model/errors.js'
import type { Logger } from '../../src/model/logger.js'
import type { Accept, Platform, Verified } from '../../src/platforms/platform.js'
import { createMemoryStore } from '../../src/stores/memory.js'

describe('a connection that the bot opens', () => {
  it('is opened, and left politely when the bot stops', async () => {
    const line = createLine()
    const connection = open(line)
    await line.stands()
    expect(connection.state()).toBe('connected')
    await connection.stop()
    expect(line.told).toEqual(['open', 'leave'])
    expect(connection.state()).toBe('down')
  })

  it('is opened again when it is lost, and when it ends by itself, without end', async () => {
    const line = createLine()
    const connection = open(line)
    for (let time = 1; time <= 12; time++) {
      await line.stands(time)
      if (time % 2) line.lose(new ConnectionError('the server went away'))
      else line.end()
    }
    await line.stands(13)
    await connection.stop()
  })

  it('names a fault once, and says when the connection stands', async () => {
    const line = createLine()
    const lines: string[] = []
    line.refuse(new ConnectionError('no route to chat.example.com'), 5)
    const connection = open(line, { log: noting(lines) })
    await line.stands()
    expect(lines).toEqual(['warn not connected: no route to chat.example.com', 'info connected'])
    await connection.stop()
  })

  it('waits long where trying soon is no use', async () => {
    const line = createLine()
    line.refuse(new ConnectionError('wrong password', { slow: true }), 1)
    const connection = open(line, { pauses: { firstMs: 1, longestMs: 10, slowMs: 60_000 } })
    await vi.waitFor(() => expect(line.told).toEqual(['open']))
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(line.told).toEqual(['open'])
    expect(connection.state()).toBe('down')
    await connection.stop() // at once, not after a minute
  })

  it('is held by one of two, and taken over by the other', async () => {
    const store = createMemoryStore()
    const [one, other] = [createLine(), createLine()]
    const first = open(one, { lease: leaseIn(store) })
    await one.stands()
    const second = open(other, { lease: leaseIn(store) })
    await vi.waitFor(() => expect(second.state()).toBe('standby'))
    await first.stop()
    await other.stands()
    expect(one.told).toEqual(['open', 'leave'])
    await second.stop()
  })

  it('is left as soon as the lease is lost, and brings nothing in any more', async () => {
    const store = createMemoryStore()
    const lease = leaseIn(store)
    const line = createLine()
    const accepted: Verified[] = []
    const accept: Accept = async (verified) => {
      accepted.push(verified)
      return { status: 200 }
    }
    let held = true
    const paused: Lease = { ...lease, isHeld: () => held && lease.isHeld(), renew: async () => held }
    const connection = open(line, { lease: paused, accept })
    await line.stands()
    await line.say()
    expect(line.isHeld()).toBe(true)
    held = false // as after a pause
    expect(line.isHeld()).toBe(false)
    await expect(line.say()).rejects.toMatchObject({ code: 'unavailable' })
    await vi.waitFor(() => expect(line.told).toEqual(['open', 'leave']))
    expect(accepted).toHaveLength(1)
    await connection.stop()
  })

  it('does not wait for ever for one that does not leave', async () => {
    vi.useFakeTimers()
    try {
      const line = createLine({ stays: true })
      const connection = open(line)
      await vi.advanceTimersByTimeAsync(100)
      const stopped = connection.stop()
      await vi.advanceTimersByTimeAsync(6_000)
      await stopped
    } finally {
      vi.useRealTimers()
    }
  })
})

type Options = Partial<Parameters<typeof createConnection>[0]>

function open(line: Line, options: Options = {}): Connection {
  const connection = createConnection({
    platform: { name: 'chat', connect: line.connect } as unknown as Platform,
    accept: async () => ({ status: 200 }),
    lease: leaseIn(createMemoryStore()),
    log: noting([]),
    lookMs: 10,
    pauses: { firstMs: 1, longestMs: 10, slowMs: 60_000 },
    ...options,
  })
  connection.start()
  return connection
}

function leaseIn(store: ReturnType<typeof createMemoryStore>) {
  return createLease({ store, key: 'connection/chat', ttlMs: 6_000 })
}

type Line = ReturnType<typeof createLine>

/** The far end of a connection, which does as it is told. */
function createLine({ stays = false } = {}) {
  const told: string[] = []
  let stood = 0
  let refusals: ConnectionError[] = []
  let current:
    | { accept: Accept; end(): void; lose(error: Error): void; isHeld?: (() => boolean) | undefined }
    | undefined
  const connect: NonNullable<Platform['connect']> = (accept, signal, connected, isHeld) =>
    new Promise((resolve, reject) => {
      told.push('open')
      const refusal = refusals.shift()
      if (refusal) return reject(refusal)
      signal.addEventListener('abort', () => {
        told.push('leave')
        if (!stays) resolve()
      })
      current = { accept, end: resolve, lose: reject, isHeld }
      connected()
      stood++
    })
  return {
    told,
    connect,
    stands: (times = 1) => vi.waitFor(() => expect(stood).toBe(times), { timeout: 10_000 }),
    lose: (error: Error) => current?.lose(error),
    end: () => current?.end(),
    isHeld: () => current?.isHeld?.(),
    say: async () => await current?.accept({} as Verified),
    refuse(error: ConnectionError, times: number) {
      refusals = Array.from({ length: times }, () => error)
    },
  }
}

function noting(lines: string[]): Logger {
  const note = (level: string) => (facts: Readonly<Record<string, unknown>>, message: string) =>
    void lines.push([level, message].join(' ') + (facts['reason'] ? `: ${facts['reason']}` : ''))
  return { debug() {}, info: note('info'), warn: note('warn'), error: note('error'), child: () => noting(lines) }
}
