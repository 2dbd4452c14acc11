import { describe, expect, it } from 'vitest'
import { type CommandMiddleware, command, type Reply, say, UsageError, whisper } from '../../src/authoring.js'
import { testRoom } from '../../src/testing/test-room.js'

describe('what every call goes through', () => {
  it('gets what run gets, and gives the replies back as they are', async () => {
    const seen: string[] = []
    const log: CommandMiddleware = async ({ invocation, options }, next) => {
      seen.push(`${invocation.user.name} ran ${invocation.command} with ${JSON.stringify(options)}`)
      return next()
    }
    const greet = command({
      summary: 'Greets',
      options: { who: { type: 'string', positional: true } },
      run: () => 'Hi',
    })
    expect(await testRoom({ greet }, { use: [log], user: 'Ada' }).type('/greet Bob')).toEqual([say('Hi')])
    expect(seen).toEqual(['Ada ran greet with {"who":"Bob"}'])
  })

  it('changes replies as they come, of a generator too', async () => {
    const translate: CommandMiddleware = async function* (_, next) {
      for await (const reply of next()) yield loud(reply)
      yield 'THE END'
    }
    expect(await testRoom({ count }, { use: [translate] }).type('/count')).toEqual([
      say('ONE'),
      say('TWO'),
      say('THREE'),
      say('THE END'),
    ])
  })

  it('keeps a command from running, and says something else', async () => {
    let ran = false
    const flag: CommandMiddleware = async ({ invocation }, next) =>
      invocation.command === 'off' ? whisper('Switched off.') : next()
    const off = command({
      summary: 'Off',
      run() {
        ran = true
      },
    })
    expect(await testRoom({ off, count }, { use: [flag] }).type('/off')).toEqual([whisper('Switched off.')])
    expect(ran).toBe(false)
  })

  it('goes from the outside to the inside, around built-in commands too', async () => {
    const order: string[] = []
    const named = (name: string): CommandMiddleware =>
      async function* (_, next) {
        order.push(`${name} in`)
        yield* next()
        order.push(`${name} out`)
      }
    expect(await testRoom({ count }, { use: [named('a'), named('b')] }).type('/help')).toHaveLength(1)
    expect(order).toEqual(['a in', 'b in', 'b out', 'a out'])
  })

  it('sees what a command throws, and may answer for it', async () => {
    const forgiving: CommandMiddleware = async function* (_, next) {
      try {
        yield* next()
      } catch (error) {
        yield whisper(`It said: ${(error as Error).message}`)
      }
    }
    const bad = command({
      summary: 'Bad',
      async *run() {
        yield 'one'
        throw new UsageError('no')
      },
    })
    expect(await testRoom({ bad }, { use: [forgiving] }).type('/bad')).toEqual([say('one'), whisper('It said: no')])
    const strict = testRoom({ bad }, { use: [async (_, next) => next()] })
    expect(await strict.type('/bad')).toEqual([say('one'), whisper('no')])
    expect(strict.outcome()).toBe('usage')
  })

  it('fails the call where it throws itself, and tells the log', async () => {
    const room = testRoom({ count }, { use: [() => Promise.reject(new Error('flags are away'))], log: quiet })
    expect(await room.type('/count')).toMatchObject([{ audience: 'caller', tone: 'bad' }])
    expect(room.outcome()).toBe('failed')
  })

  it('ends a generator that it does not hear to its end', async () => {
    let ended = false
    const endless = command({
      summary: 'Endless',
      async *run() {
        try {
          for (let n = 0; ; n++) yield String(n)
        } finally {
          ended = true
        }
      },
    })
    const first: CommandMiddleware = async function* (_, next) {
      for await (const reply of next()) {
        yield reply
        return
      }
    }
    expect(await testRoom({ endless }, { use: [first] }).type('/endless')).toEqual([say('0')])
    expect(ended).toBe(true)
  })
})

const count = command({
  summary: 'Counts',
  async *run() {
    yield 'one'
    yield 'two'
    return 'three'
  },
})

function loud(reply: Reply): Reply {
  return reply.kind === 'text' ? { ...reply, text: reply.text.toUpperCase() } : reply
}

const quiet = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet }
