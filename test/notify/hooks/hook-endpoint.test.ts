import { describe, expect, it } from 'vitest'
import { UnavailableError } from '../../../src/model/errors.js'
import type { HookContext } from '../../../src/model/hook.js'
import { card, say, whisper } from '../../../src/model/reply.js'
import { servedHook, token } from './served-hook.js'

const bearer = { authorization: `Bearer ${token}` }

describe('a delivery', () => {
  it('is posted as its hook says, and answered with the id', async () => {
    const { post, posts, senders } = servedHook({
      summary: 'Builds',
      verify() {},
      to: 'ops',
      run: ({ event }: { event: { title: string } }) => card({ title: event.title }, { tone: 'good' }),
    })
    expect(await post({ title: 'Build 12 passed' })).toEqual({
      status: 202,
      headers: { 'slashroom-notification': 'n1', 'content-type': 'application/json' },
      body: '{"id":"n1"}',
    })
    expect(posts).toMatchObject([
      { room: 'ops', reply: card({ title: 'Build 12 passed' }, { tone: 'good' }), key: undefined },
    ])
    expect(senders).toMatchObject([{ id: 'hook:ci', name: 'hook ci', kind: 'post', rooms: 'all', mentions: false }])
  })

  it('is for all rooms of the token where the hook names none', async () => {
    const { post, posts, senders } = servedHook({ summary: 'x', run: () => 'hello' })
    const answer = await post({}, bearer)
    expect(answer).toMatchObject({ status: 202, headers: { 'X-Ratelimit-Remaining': '499' } })
    expect(posts).toMatchObject([{ room: undefined, reply: say('hello') }])
    expect(posts[0]).not.toHaveProperty('rooms')
    expect(senders).toMatchObject([{ id: 't1' }])
  })

  it.each([
    ['a room', 'ops', { room: 'ops' }],
    ['a list of one', ['ops'], { room: 'ops' }],
    ['a list, each once', ['ops', 'web', 'ops'], { room: undefined, rooms: ['ops', 'web'] }],
    ['a function', ({ team }: { team: string }) => team, { room: 'blue' }],
    ['a function that gives a list', () => ['ops', 'web'], { rooms: ['ops', 'web'] }],
  ])('goes to %s', async (_, to, expected) => {
    const { post, posts } = servedHook({ summary: 'x', verify() {}, to, run: () => 'x' })
    await post({ team: 'blue' })
    expect(posts).toMatchObject([expected])
  })

  it.each([
    ['nothing', () => undefined, 'ops'],
    ['null', () => null, 'ops'],
    ['a blank text', () => ' ', 'ops'],
    ['no rooms', () => 'x', () => []],
    ['rooms that are undefined', () => 'x', () => undefined],
  ])('posts nothing for %s, and is answered with 204', async (_, run, to) => {
    const { post, posts } = servedHook({ summary: 'x', verify() {}, to, run })
    expect(await post({})).toEqual({ status: 204, headers: {} })
    expect(posts).toEqual([])
  })

  it('gives its hook the event, the headers, the query and the bytes', async () => {
    const seen: unknown[] = []
    const { post } = servedHook({
      summary: 'x',
      verify() {},
      to: 'ops',
      run({ event, headers, query, body }: HookContext) {
        seen.push({ event, kind: headers['x-kind'], room: query.get('room'), body: String(body) })
      },
    })
    await post('{ "a": 1 }', { 'x-kind': 'push' }, { query: 'room=ops' })
    expect(seen).toEqual([{ event: { a: 1 }, kind: 'push', room: 'ops', body: '{ "a": 1 }' }])
  })

  it('is nowhere where no hook has that name', async () => {
    const { post } = servedHook({ summary: 'x', run: () => 'x' })
    await expect(post({}, bearer, { name: 'other' })).rejects.toMatchObject({ status: 404 })
  })
})

describe('the body of a delivery', () => {
  it.each([
    ['JSON', 'application/json; charset=utf-8', '{"a":[1]}', { a: [1] }],
    ['JSON of a type of its own', 'application/cloudevents+json', '{"a":1}', { a: 1 }],
    ['JSON that curl calls a form', 'application/x-www-form-urlencoded', ' {"a":1}', { a: 1 }],
    ['JSON behind a byte order mark', 'application/json', '\uFEFF{"a":1}', { a: 1 }],
    ['a list', 'application/json', '[1,2]', [1, 2]],
    ['JSON with a prototype in disguise', 'application/json', '{"a":1,"__pr\\u006Fto__":{}}', { a: 1 }],
    ['a form', 'application/x-www-form-urlencoded', 'a=1&b=x+y%20z', { a: '1', b: 'x y z' }],
    ["a form's payload", 'application/x-www-form-urlencoded', `payload=${encodeURIComponent('{"a":1}')}`, { a: 1 }],
    ['text', 'text/plain', 'disk is full', 'disk is full'],
    ['nothing', 'application/json', '', {}],
    [
      'JSON with a prototype',
      'application/json',
      '{"a":1,"__proto__":{"admin":true},"b":{"__proto__":1}}',
      { a: 1, b: {} },
    ],
    ['a form with a prototype', 'application/x-www-form-urlencoded', 'a=1&__proto__=x', { a: '1' }],
  ])('is read as %s', async (_, type, body, expected) => {
    const { post, posts } = servedHook({
      summary: 'x',
      verify() {},
      to: 'ops',
      run: ({ event }: { event: object }) => JSON.stringify({ event: Object.assign({}, event), own: event }),
    })
    await post(body, { 'content-type': type })
    const [{ reply } = {}] = posts
    const shown = JSON.parse((reply as { text: string }).text) as { own: unknown }
    expect(shown.own).toEqual(expected)
    expect(JSON.stringify(shown)).not.toContain('__proto__')
  })

  it.each([
    ['half of it', '{"a":'],
    ['text', 'hello'],
    ['deeper than anybody nests', `${'['.repeat(50_000)}{"__proto__":1}${']'.repeat(50_000)}`],
  ])('is refused where it says that it is JSON and is %s', async (_, body) => {
    let runs = 0
    const { post, posts } = servedHook({ summary: 'x', verify() {}, to: 'ops', run: () => void runs++ })
    expect(await post(body)).toMatchObject({ status: 400, body: expect.stringContaining('The body must be JSON.') })
    expect({ runs, posts }).toEqual({ runs: 0, posts: [] })
  })

  it('may be as large as a request may be', async () => {
    const { post, posts } = servedHook({
      summary: 'x',
      verify() {},
      to: 'ops',
      run: ({ event }: { event: { lines: string[] } }) => `${event.lines.length} lines`,
    })
    await post({ lines: Array.from({ length: 100_000 }, () => 'x'.repeat(7)) })
    expect(posts).toMatchObject([{ reply: say('100000 lines') }])
  })
})

describe('a delivery that nobody vouches for', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('forged')
      },
    ],
    ['rejects', () => Promise.reject(new Error('forged'))],
    ['gives false', () => false],
    ['gives a function, as one that was not called does', () => () => undefined],
    ['gives a promise of false', async () => false],
  ])('is refused where verify %s, without a reason, and runs nothing', async (_, verify) => {
    let runs = 0
    const { post, posts, warnings } = servedHook({
      summary: 'x',
      verify,
      to: () => String(runs++),
      run: () => void runs++,
    })
    const answer = await post({})
    expect(answer).toMatchObject({ status: 401, body: expect.not.stringContaining('forged') })
    expect({ runs, posts }).toEqual({ runs: 0, posts: [] })
    expect(warnings).toEqual([{ hook: 'ci', reason: expect.stringMatching(/forged|must throw/) }])
  })

  it('is not even parsed', async () => {
    const { post } = servedHook({ summary: 'x', verify: () => Promise.reject(new Error()), to: 'ops', run: () => 'x' })
    expect(await post('{')).toMatchObject({ status: 401 })
  })

  it.each([
    ['no token', {}],
    ['another token', { authorization: 'Bearer nope' }],
    ['another password', { authorization: `Basic ${Buffer.from('x:nope').toString('base64')}` }],
    ['the token as if it were a scheme', { authorization: token }],
  ])('is refused with %s', async (_, headers) => {
    const { post, posts } = servedHook({ summary: 'x', run: () => 'x' })
    expect(await post({}, headers)).toMatchObject({ status: 401 })
    expect(posts).toEqual([])
  })

  it.each([
    ['as a bearer', bearer, ''],
    ['as a password', { authorization: `Basic ${Buffer.from(`bot:${token}`).toString('base64')}` }, ''],
    ['as a user without a password', { authorization: `Basic ${Buffer.from(token).toString('base64')}` }, ''],
    ['in the query', {}, `token=${token}`],
    ['in the query, as other addresses take it', {}, `auth_token=${token}`],
  ])('is taken with a token %s', async (_, headers, query) => {
    const { post } = servedHook({ summary: 'x', run: () => 'x' })
    expect(await post({}, headers, { query })).toMatchObject({ status: 202 })
  })
})

describe('a hook that fails', () => {
  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    [
      'throws',
      {
        run: () => {
          throw new Error('no luck')
        },
      },
      'no luck',
    ],
    ['rejects', { run: async () => Promise.reject(new Error('no luck')) }, 'no luck'],
    ['gives what is no reply', { run: () => ({ kind: 'cart' }) }, 'neither a text'],
    ['whispers', { run: () => whisper('psst') }, 'a hook has no caller'],
    ['names a room that is none', { run: () => 'x', to: () => 42 }, 'must return a room'],
    [
      'throws for the room',
      {
        run: () => 'x',
        to: () => {
          throw new Error('no luck')
        },
      },
      'no luck',
    ],
    ['never ends', { run: () => new Promise<undefined>(() => {}) }, 'run took longer than 0.05 seconds'],
    ['never ends verifying', { run: () => 'x', verify: () => new Promise(() => {}) }, 'verify took longer than'],
  ])('is answered with 500 once, logged with its id, and posts nothing, where it %s', async (_, parts, reason) => {
    const definition = { summary: 'x', verify() {}, to: 'ops', ...parts }
    const { post, posts, errors } = servedHook(definition, { runMs: 50, verifyMs: 50 })
    const { status, body = '' } = await post({})
    expect({ status, posts }).toEqual({ status: 500, posts: [] })
    expect(errors).toEqual([
      { hook: 'ci', file: 'hooks/ci.ts', id: expect.any(String), error: expect.stringContaining(reason) },
    ])
    expect(body).toContain(String(errors[0]?.['id']))
    expect(body).not.toContain(reason)
  })

  it('runs again when the sender delivers again', async () => {
    let runs = 0
    const { post, posts } = servedHook({
      summary: 'x',
      verify() {},
      to: 'ops',
      run() {
        if (++runs === 1) throw new Error('no luck')
        return 'second time lucky'
      },
    })
    const headers = { 'x-github-delivery': 'd1' }
    expect(await post({}, headers)).toMatchObject({ status: 500 })
    expect(await post({}, headers)).toMatchObject({ status: 202 })
    expect(posts).toMatchObject([{ reply: say('second time lucky') }])
  })

  it('hears that its time is over', async () => {
    const heard: boolean[] = []
    const { post } = servedHook(
      {
        summary: 'x',
        verify() {},
        to: 'ops',
        run: ({ signal }: { signal: AbortSignal }) =>
          new Promise<undefined>(() => signal.addEventListener('abort', () => heard.push(signal.aborted))),
      },
      { runMs: 20 },
    )
    await post({})
    expect(heard).toEqual([true])
  })
})

describe('a hook that hangs', () => {
  it.each([
    ['a few large deliveries', 8, 1_048_576],
    ['many small ones', 512, 2],
  ])('holds %s at most, and takes the next when it is done', async (_, most, bytes) => {
    let go = () => {}
    const held = new Promise<undefined>((resolve) => {
      go = () => resolve(undefined)
    })
    const { post } = servedHook({ summary: 'x', verify() {}, to: 'ops', run: () => held })
    const body = '{}'.padEnd(bytes)
    const first = Array.from({ length: most }, () => post(body))
    await expect(post(body)).rejects.toThrow(UnavailableError)
    await expect(post('{}')).rejects.toThrow(UnavailableError)
    go()
    expect(new Set((await Promise.all(first)).map(({ status }) => status))).toEqual(new Set([204]))
    expect(await post(body)).toMatchObject({ status: 204 })
  })
})

describe('a repeated delivery', () => {
  const definition = { summary: 'x', verify() {}, to: 'ops', run: () => `built at ${performance.now()}` }

  it.each(['x-github-delivery', 'idempotency-key', 'webhook-id'])('counts once by its %s', async (name) => {
    const { post, posts } = servedHook(definition)
    const answers = [await post({ a: 1 }, { [name]: 'd1' }), await post({ a: 1 }, { [name]: 'd1' })]
    expect(answers.map(({ status, body }) => ({ status, body }))).toEqual([
      { status: 202, body: '{"id":"n1"}' },
      { status: 202, body: '{"id":"n1"}' },
    ])
    await post({ a: 1 }, { [name]: 'd2' })
    expect(posts).toHaveLength(2)
    expect(await post({ a: 2 }, { [name]: 'd1' })).toMatchObject({ status: 409 })
  })

  it("counts once by GitLab's event, of which others may have the same", async () => {
    const { post, posts } = servedHook(definition)
    const headers = { 'x-gitlab-event-uuid': 'e1' }
    await post({ a: 1 }, headers)
    await post({ a: 1 }, headers)
    await post({ a: 2 }, headers)
    await post({ a: 1 }, { 'x-gitlab-event-uuid': 'e2' })
    expect(posts).toHaveLength(3)
  })

  it('counts once by its bytes where it has no name, for as long as a sender tries again', async () => {
    const { post, posts } = servedHook(definition)
    await Promise.all([post({ a: 1 }), post({ a: 1 }), post({ a: 1 })])
    await post({ a: 2 })
    expect(posts).toHaveLength(2)
  })

  it('counts anew when its bytes come again much later', async () => {
    let now = Date.now()
    const { post, posts } = servedHook(definition, { now: () => now })
    await post({ a: 1 })
    now += 299_000
    await post({ a: 1 })
    expect(posts).toHaveLength(1)
    now += 2_000
    await post({ a: 1 })
    expect(posts).toHaveLength(2)
  })

  it('believes the signed name before any other', async () => {
    const { post, posts } = servedHook(definition)
    await post({ a: 1 }, { 'webhook-id': 'm1', 'idempotency-key': 'i1' })
    await post({ a: 1 }, { 'webhook-id': 'm1', 'idempotency-key': 'i2' })
    expect(posts).toHaveLength(1)
  })
})

describe('news of the same thing', () => {
  const alert = {
    summary: 'x',
    verify() {},
    to: 'ops',
    run: ({ event }: { event: { name: string; on: boolean } }) => ({
      ...card({ title: event.name }, { updateKey: event.name }),
      closesKey: !event.on,
    }),
  }

  it('has the same key until it is closed, and then another', async () => {
    const { post, posts } = servedHook(alert)
    for (const [turn, on] of [true, true, false, true, false].entries()) {
      await post({ name: 'disk', on }, { 'idempotency-key': `t${turn}` })
    }
    const keys = posts.map(({ key }) => key)
    expect(new Set(keys.slice(0, 3)).size).toBe(1)
    expect(new Set(keys.slice(3)).size).toBe(1)
    expect(keys[3]).not.toBe(keys[0])
    expect(posts[0]?.reply).toEqual(card({ title: 'disk' }))
  })

  it('has a key of its own', async () => {
    const { post, posts } = servedHook(alert)
    await post({ name: 'disk', on: true })
    await post({ name: 'cpu', on: true })
    expect(posts[0]?.key).toBeDefined()
    expect(posts[0]?.key).not.toBe(posts[1]?.key)
  })
})
