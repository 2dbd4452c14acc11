import { describe, expect, it } from 'vitest'
import { card, command, ForbiddenError, file, type Reply, say, UsageError, whisper } from '../../src/authoring.js'
import { type Logger, silentLogger } from '../../src/model/logger.js'
import { createDispatch } from '../../src/pipeline/dispatch-without-delivery.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { createRegistry } from '../../src/registry/registry.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { testRoom } from '../../src/testing/test-room.js'
import { unreadable } from '../fixtures/unreadable.js'

describe('a run', () => {
  it('shows a text, a reply, a promise of one, or nothing', async () => {
    expect(await answersTo(() => 'text')).toEqual([say('text')])
    expect(await answersTo(() => whisper('secret'))).toEqual([whisper('secret')])
    expect(await answersTo(async () => card({ title: 'c', fields: [{ label: 'a', value: 'b' }] }))).toHaveLength(1)
    expect(await answersTo(() => file('a.csv', 'a,b'))).toEqual([file('a.csv', 'a,b')])
    expect(await answersTo(() => undefined)).toEqual([])
    expect(await answersTo(() => '')).toEqual([])
    expect(await answersTo(() => ({ kind: 'text', text: 'plain' }))).toEqual([say('plain')])
  })

  it('shows each yield as it comes, of both kinds of generator, and what they return', async () => {
    const steps = async function* () {
      yield 'one'
      yield undefined
      yield say('two')
      return 'three'
    }
    expect(await answersTo(steps)).toEqual([say('one'), say('two'), say('three')])
    expect(
      await answersTo(function* () {
        yield 'one'
        return 'two'
      }),
    ).toEqual([say('one'), say('two')])
  })

  it('answers a UsageError and a ForbiddenError with their words to the caller', async () => {
    const usage = room(() => {
      throw new UsageError('Write the dice as 2d6.')
    })
    expect(await usage.type('/x')).toEqual([whisper('Write the dice as 2d6.')])
    expect(usage.outcome()).toBe('usage')
    const forbidden = room(async () => {
      throw new ForbiddenError('Not today.')
    })
    expect(await forbidden.type('/x')).toEqual([whisper('Not today.')])
    expect(forbidden.outcome()).toBe('forbidden')
  })

  it('knows an error by its code, wherever its class came from', async () => {
    expect(await answersTo(() => Promise.reject(Object.assign(new Error('as 2d6'), { code: 'usage' })))).toEqual([
      whisper('as 2d6'),
    ])
  })

  it('tells the room an id, and the log the error with the same id', async () => {
    for (const run of [
      () => {
        throw new Error('secret')
      },
      async () => {
        throw new Error('secret')
      },
      async function* () {
        yield 'so far'
        throw new Error('secret')
      },
    ]) {
      const lines: unknown[] = []
      const failing = room(run, { log: noting(lines) })
      const replies = await failing.type('/x')
      expect(replies.at(-1)).toEqual(whisper('/x failed (id test-1).', { tone: 'bad' }))
      expect(failing.outcome()).toBe('failed')
      expect(JSON.stringify(replies)).not.toContain('secret')
      expect(lines).toEqual([
        expect.objectContaining({
          level: 'error',
          invocation: 'test-1',
          command: 'x',
          error: expect.stringContaining('Error: secret\n    at'),
        }),
      ])
    }
  })

  it('fails where what it threw cannot be read, and leaves nothing unhandled', async () => {
    const trap = () => {
      throw new Error('a trap')
    }
    for (const hostile of [...unreadable(), Object.defineProperty(new Error(), 'code', { get: trap })]) {
      const one = room(() => {
        throw hostile
      })
      expect(await one.type('/x')).toEqual([
        whisper(expect.stringMatching(/^\/x failed \(id .*\)\.$/), { tone: 'bad' }),
      ])
      expect(one.outcome()).toBe('failed')
    }
    const told = await answersTo(() => Promise.reject(Object.assign(new Error(), { code: 'usage', message: 42 })))
    expect(told).toEqual([whisper('42')])
  })

  it('fails where what it gave is no reply', async () => {
    const cyclic: Record<string, unknown> = { kind: 'text', text: 'x' }
    cyclic['self'] = cyclic
    for (const odd of [
      5,
      true,
      {},
      [],
      { kind: 'text' },
      { kind: 'text', text: 5 },
      cyclic,
      5n,
      Symbol('x'),
      () => 'x',
      { kind: 'card', card: {} },
      { kind: 'card', card: { title: 't', fields: [{ label: 1 }] } },
      { kind: 'file', name: 'x' },
      { kind: 'text', text: 'x', tone: 'red' },
      { kind: 'text', text: 'x', audience: 'all' },
      new Error('x'),
    ]) {
      const lines: { error?: string }[] = []
      const failing = room(() => odd, { log: noting(lines) })
      expect(await failing.type('/x'), String(typeof odd)).toEqual([whisper('/x failed (id test-1).', { tone: 'bad' })])
      expect(lines[0]?.error).not.toContain('\n')
    }
  })

  it('is given up at its timeout, and its signal tells it so', async () => {
    let reason: unknown
    const slow = room(
      async ({ signal }: { signal: AbortSignal }) => {
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        reason = signal.reason
        return 'too late'
      },
      { timeout: '2m' },
    )
    const replies = slow.type('/x')
    await slow.advance(119_999)
    expect(reason).toBeUndefined()
    await slow.advance(1)
    expect(await replies).toEqual([whisper('/x took too long and was given up (id test-1).', { tone: 'warning' })])
    expect(slow.outcome()).toBe('timeout')
    expect(reason).toMatchObject({ name: 'TimeoutError' })
  })

  it('is given up though it ignores its signal, and the log says that it goes on', async () => {
    const lines: { message?: string }[] = []
    const deaf = room(
      async function* () {
        yield 'begun'
        await new Promise(() => {})
      },
      { log: noting(lines) },
    )
    const replies = deaf.type('/x')
    await deaf.advance(30_000)
    expect(await replies).toEqual([say('begun'), whisper(expect.stringContaining('was given up'), { tone: 'warning' })])
    await deaf.advance(5_000)
    expect(lines.map(({ message }) => message)).toEqual([
      'command timed out',
      'command ignores its abort signal and is still running',
    ])
  })

  it('is given up even where it yields nothing for ever', async () => {
    const busy = room(
      async function* () {
        for (;;) yield undefined
      },
      { timeout: 100 },
    )
    const replies = busy.type('/x')
    await busy.advance(100)
    expect(await replies).toHaveLength(1)
    expect(busy.outcome()).toBe('timeout')
  })

  it('is stopped where it floods', async () => {
    for (const flood of [
      async function* () {
        for (;;) yield 'more'
      },
      function* () {
        for (;;) yield 'more'
      },
      async function* () {
        for (;;) yield 'x'.repeat(100_000)
      },
      () => say('x'.repeat(2_000_000)),
    ]) {
      const lines: { message?: string }[] = []
      const flooding = room(flood, { log: noting(lines) })
      const replies = await flooding.type('/x')
      expect(replies.at(-1)).toEqual(whisper('/x was stopped: it said too much (id test-1).', { tone: 'bad' }))
      expect(replies.length).toBeLessThanOrEqual(1001)
      expect(flooding.outcome()).toBe('failed')
      expect(lines[0]?.message).toBe('command exceeded the output limit')
    }
  })

  it('hears of a bot that stops', async () => {
    const stopped = room(async ({ signal }: { signal: AbortSignal }) => {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    })
    const replies = stopped.type('/x')
    await stopped.advance(0)
    stopped.stop()
    expect(await replies).toEqual([
      whisper('/x was interrupted: the bot is stopping (id test-1).', { tone: 'warning' }),
    ])
    expect(stopped.outcome()).toBe('interrupted')
  })

  it('hears that nobody takes its replies any more', async () => {
    let aborted = false
    const registry = createRegistry()
    const entry = compileCommand('x', {
      summary: 'x',
      async *run({ signal }) {
        signal.addEventListener('abort', () => {
          aborted = true
        })
        yield 'one'
        await new Promise(() => {})
      },
    })
    registry.replace([entry])
    const dispatch = createDispatch({ registry, store: createMemoryStore(), log: silentLogger })
    const invocation = {
      id: '1',
      platform: 'p',
      installation: 'i',
      tenant: { id: 't' },
      room: { id: 'r', name: 'r' },
      user: { id: 'u', name: 'u' },
      text: '/x',
      mentions: [],
      at: 0,
      replyTo: null,
    }
    const replies = dispatch(invocation, new AbortController().signal)
    expect(await replies.next()).toEqual({ done: false, value: say('one') })
    await replies.return('undeliverable')
    expect(aborted).toBe(true)
  })

  it('may say its last word when the bot stops', async () => {
    const stopped = room(async ({ signal }: { signal: AbortSignal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return 'rolled back'
    })
    const replies = stopped.type('/x')
    await stopped.advance(0)
    stopped.stop()
    expect(await replies).toEqual([say('rolled back')])
    expect(stopped.outcome()).toBe('done')
  })

  it('keeps what it stores apart from other tenants', async () => {
    const counter = testRoom(
      command({
        summary: 'c',
        async run({ store }) {
          const count = Number((await store.get('count')) ?? 0) + 1
          await store.set('count', count)
          const keys: string[] = []
          for await (const [key] of store.list('')) keys.push(key)
          return `${count} ${keys}`
        },
      }),
    )
    await counter.type('/count')
    expect(await counter.type('/count')).toEqual([say('2 count')])
    expect(await counter.as({ tenant: 'other' }).type('/count')).toEqual([say('1 count')])
    // Nobody's id reaches into another's keys.
    expect(await counter.as({ tenant: 'tenant/count' }).type('/count')).toEqual([say('1 count')])
    const keys: string[] = []
    for await (const [key] of counter.store.list('')) keys.push(key)
    expect(keys).toEqual(['tenant/test/other/count', 'tenant/test/tenant%2fcount/count', 'tenant/test/tenant/count'])
  })
})

function room(
  run: (call: never) => unknown,
  { log = silentLogger, timeout }: { log?: Logger; timeout?: number | string } = {},
) {
  const untyped = { summary: 'x', run, ...(timeout === undefined ? {} : { timeout }) }
  return testRoom(untyped as unknown as ReturnType<typeof command>, { log })
}

async function answersTo(run: () => unknown): Promise<Reply[]> {
  return room(run).type('/x')
}

function noting(lines: unknown[], facts: object = {}): Logger {
  const note = (level: string) => (more: object, message: string) =>
    void lines.push({ level, message, ...facts, ...more })
  return {
    debug() {},
    info() {},
    warn: note('warn'),
    error: note('error'),
    child: (more) => noting(lines, { ...facts, ...more }),
  }
}
