import { describe, expect, it } from 'vitest'
import { command, type Invocation, say, whisper } from '../../src/authoring.js'
import { silentLogger } from '../../src/model/logger.js'
import { createDispatch } from '../../src/pipeline/dispatch-without-delivery.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { createRegistry } from '../../src/registry/registry.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { testRoom } from '../../src/testing/test-room.js'

const status = command({
  summary: 'Shows what runs where',
  aliases: ['ls'],
  examples: ['/deploy status api'],
  options: {
    service: { type: 'string', positional: true, summary: 'One service' },
    env: { type: 'choice', choices: ['staging', 'prod'], default: 'staging', alias: 'e', summary: 'Where' },
  },
  run: ({ options }) => say(`${options.service ?? 'all'} in ${options.env}`),
})
const simple = (summary: string, more = {}) => command({ summary, ...more, run: () => say(summary) })

describe('dispatch', () => {
  const room = testRoom({
    'deploy status': status,
    'deploy start': simple('Ships', { allow: { roles: ['admin'] } }),
    ping: simple('Answers'),
    secret: simple('Hidden', { hidden: true }),
    team: simple('A team'),
    'team add': simple('Adds'),
    ops: simple('For ops', { allow: { rooms: ['#Ops'] } }),
  })

  it('finds, parses and runs', async () => {
    expect(await room.type('  ／Deploy  Status “api” —env prod')).toEqual([say('api in prod')])
    expect(room.outcome()).toBe('done')
    expect(await room.type('/deploy ls')).toEqual([say('all in staging')])
  })

  it('runs a command with parts that can be taken along into an object of its own', async () => {
    const spread = command({
      summary: 'Passes on what it was given',
      options: {},
      async run(call) {
        const own = { ...call }
        const { signal, store, log, later, options, invocation } = own
        await store.set('seen', invocation.command)
        log.info({}, 'seen')
        return say(`${typeof later} ${signal.aborted} ${Object.keys(options).length} ${await store.get('seen')}`)
      },
    })
    expect(await testRoom({ spread }).type('/spread')).toEqual([say('function false 0 spread')])
  })

  it('leaves alone what is no command of ours', async () => {
    for (const line of [
      '',
      'hello',
      '/',
      '/ ping',
      '/zebra',
      'x /ping',
      '/ping:something',
      '"/ping"',
      '/\u0000',
      '😀',
      '/😀',
      'שלום',
      '"'.repeat(10_000),
      '/'.repeat(10_000),
      `/${'x'.repeat(10_000)}`,
      '\u0000'.repeat(10_000),
    ]) {
      expect(await room.type(line), line.slice(0, 20)).toEqual([])
      expect(room.outcome()).toBe('ignored')
    }
  })

  it('asks what was meant where it is near', async () => {
    expect(await room.type('/pign')).toEqual([whisper('There is no command “/pign”. Did you mean /ping?')])
    expect(room.outcome()).toBe('usage')
    expect(await room.type('/deploy statsu')).toEqual([
      whisper(
        'There is no command “/deploy statsu”.\nDid you mean /deploy status?\n/deploy status – Shows what runs where',
      ),
    ])
  })

  it('does not give away what the caller may not run', async () => {
    expect(await room.type('/secert')).toEqual([])
    expect(await room.type('/deploy strat')).toEqual([
      whisper('There is no command “/deploy strat”.\n/deploy status – Shows what runs where'),
    ])
  })

  it('lists what a folder of commands holds', async () => {
    expect(await room.type('/deploy')).toEqual([
      whisper('/deploy is more than one command:\n/deploy status – Shows what runs where'),
    ])
    expect(room.outcome()).toBe('usage')
  })

  it('says all that is wrong, and the right form', async () => {
    expect(await room.type('/deploy status a b --env prd')).toEqual([
      whisper(
        'There is a word too many: “b”.\n--env must be staging or prod, not “prd”. Did you mean prod?\nUsage: /deploy status [service] [--env staging|prod]',
      ),
    ])
    expect(await room.type('/team ad')).toEqual([
      whisper('There is a word too many: “ad”.\nDid you mean /team add?\nUsage: /team'),
    ])
  })

  it('lets only those run a command who are allowed to', async () => {
    expect(await room.type('/deploy start --nonsense')).toEqual([whisper('You may not run /deploy start here.')])
    expect(room.outcome()).toBe('forbidden')
    expect(await room.as({ roles: ['admin'] }).type('/deploy start')).toEqual([say('Ships')])
    expect(await room.type('/ops')).toHaveLength(1)
    expect(room.outcome()).toBe('forbidden')
    expect(await room.as({ room: 'ops' }).type('/ops')).toEqual([say('For ops')])
  })

  it('asks all of the lists that are given, and the predicate', async () => {
    const allow = {
      users: ['alice'],
      tenants: ['tenant'],
      rooms: ['general'],
      when: ({ user }: { user: { name: string } }) => user.name !== 'bob',
    }
    const strict = testRoom({
      strict: simple('Strict', { allow }),
      open: simple('Open', { allow: {} }),
      none: simple('None', { allow: { users: [] } }),
    })
    const outcome = async (line: string, place = {}) => {
      await strict.as(place).type(line)
      return strict.outcome()
    }
    expect(await outcome('/strict')).toBe('done')
    expect(await outcome('/strict', { user: { id: 'alice', name: 'bob' } })).toBe('forbidden')
    // A display name is anybody's to choose.
    expect(await outcome('/strict', { user: { id: '6', name: 'alice' } })).toBe('forbidden')
    expect(await outcome('/strict', { tenant: 'other' })).toBe('forbidden')
    expect(await outcome('/strict', { room: 'other' })).toBe('forbidden')
    expect(await outcome('/open')).toBe('done')
    expect(await outcome('/none')).toBe('forbidden')
  })

  it('refuses where a predicate fails or never answers', async () => {
    const failing = testRoom(simple('x', { allow: { when: () => Promise.reject(new Error('down')) } }))
    expect(await failing.type('/x')).toEqual([whisper('/x failed (id test-1).', { tone: 'bad' })])
    const hanging = testRoom(simple('x', { allow: { when: () => new Promise(() => {}) } }))
    const replies = hanging.type('/x')
    await hanging.advance(30_000)
    expect(await replies).toEqual([whisper('/x failed (id test-1).', { tone: 'bad' })])
  })

  it('makes people wait between two turns', async () => {
    const cool = testRoom({
      mine: simple('Mine', { cooldown: { every: '90s' } }),
      ours: simple('Ours', { cooldown: { every: 60_000, per: 'room' } }),
      all: simple('All', { cooldown: { every: '1m', per: 'tenant' } }),
    })
    expect(await cool.type('/mine')).toEqual([say('Mine')])
    await cool.advance(30_500)
    expect(await cool.type('/mine')).toEqual([whisper('/mine can be run again in 1m.')])
    expect(cool.outcome()).toBe('forbidden')
    expect(await cool.as('bob').type('/mine')).toEqual([say('Mine')])
    await cool.advance(60_000)
    expect(await cool.type('/mine')).toEqual([say('Mine')])

    await cool.type('/ours')
    expect(await cool.as('bob').type('/ours')).toHaveLength(1)
    expect(cool.outcome()).toBe('forbidden')
    await cool.as({ room: 'other' }).type('/ours')
    expect(cool.outcome()).toBe('done')

    await cool.type('/all')
    await cool.as({ room: 'other' }).type('/all')
    expect(cool.outcome()).toBe('forbidden')
    await cool.as({ tenant: 'other' }).type('/all')
    expect(cool.outcome()).toBe('done')
  })

  it('tells apart the turns of commands whose names read alike', async () => {
    const store = createMemoryStore()
    const ship = simple('Ships', { cooldown: { every: '1m' } })
    const cool = testRoom({ 'deploy start': ship, 'deploy.start': ship }, { store })
    for (const line of ['/deploy start', '/deploy.start']) expect(await cool.type(line)).toEqual([say('Ships')])
    const keys: string[] = []
    for await (const [key] of store.list('cooldown/')) keys.push(key)
    expect(keys).toEqual([
      'cooldown/test/tenant/deploy%2estart/user/alice',
      'cooldown/test/tenant/deploy.start/user/alice', // as it always stood in stores
    ])
  })

  it('counts no turn for a line that did not fit', async () => {
    const cool = testRoom(simple('Cool', { cooldown: { every: '1m' } }))
    await cool.type('/cool nonsense')
    expect(cool.outcome()).toBe('usage')
    expect(await cool.type('/cool')).toEqual([say('Cool')])
  })

  it('tells of a store that cannot be reached, and does not run', async () => {
    const store = createMemoryStore()
    const down = { ...store, add: () => Promise.reject(new Error('unreachable')) }
    const room = testRoom(simple('x', { cooldown: { every: '1m' } }), { store: down })
    expect(await room.type('/x')).toEqual([whisper('/x failed (id test-1).', { tone: 'bad' })])
  })

  it('never reaches everybody by repeating what was typed', async () => {
    expect(JSON.stringify(await room.type('/ping @all @here'))).not.toMatch(/@(all|here)/)
  })

  it('lets a call that a crash interrupted have its turn again', async () => {
    const registry = createRegistry()
    registry.replace([compileCommand('x', simple('x', { cooldown: { every: '1m' } }))])
    const dispatch = createDispatch({ registry, store: createMemoryStore(), log: silentLogger })
    const signal = new AbortController().signal
    await dispatch(typed('/x'), signal).next()
    expect(await dispatch(typed('/x'), signal).next()).toEqual({ done: false, value: say('x') })
    expect(await dispatch({ ...typed('/x'), id: '2' }, signal).next()).toMatchObject({ value: { audience: 'caller' } })
  })

  it('answers nothing where there are no commands', async () => {
    const dispatch = createDispatch({ registry: createRegistry(), store: createMemoryStore(), log: silentLogger })
    expect(await dispatch(typed('/x'), new AbortController().signal).next()).toEqual({ done: true, value: 'ignored' })
  })
})

function typed(text: string): Invocation {
  return {
    id: '1',
    platform: 'p',
    installation: 'i',
    tenant: { id: 't' },
    room: { id: 'r', name: 'r' },
    user: { id: 'u', name: 'u' },
    text,
    mentions: [],
    at: 0,
    replyTo: null,
  }
}

describe('/help', () => {
  const room = testRoom({
    'deploy status': status,
    'deploy start': simple('Ships', { allow: { roles: ['admin'] } }),
    secret: simple('Hidden', { hidden: true }),
  })

  const html = (...parts: readonly string[]) => ({ ...whisper(parts.join('\n')), format: 'html' })

  it('lists what the caller may run in columns, the built-in commands below the others', async () => {
    expect(await room.type('/help')).toEqual([
      html(
        '<pre>/deploy status  Shows what runs where',
        '',
        '/help           Lists the commands, or shows how to use one</pre>',
        '/help &lt;command&gt; tells more about one.',
      ),
    ])
    expect(room.outcome()).toBe('done')
    const [all] = await room.as({ roles: ['admin'] }).type('/help')
    expect(all).toMatchObject({ text: expect.stringContaining('/deploy start   Ships') })
  })

  it('shows how to use one', async () => {
    const expected = html(
      'Shows what runs where<pre>/deploy status [service] [--env staging|prod]</pre>',
      '<pre>service                 One service\n--env, -e staging|prod  Where (staging, prod; default staging)</pre>',
      'Also: /deploy ls<br>Examples:',
      '<pre>/deploy status api</pre>',
    )
    expect(await room.type('/help deploy status')).toEqual([expected])
    expect(await room.type('/help /deploy STATUS')).toEqual([expected])
    expect(await room.type('/help deploy')).toEqual([html('<pre>/deploy status  Shows what runs where</pre>')])
  })

  it('explains nothing that the caller may not run', async () => {
    expect(await room.type('/help deploy start')).toEqual([whisper('There is no command “/deploy start”.')])
    expect(await room.type('/help deploy statsu')).toEqual([
      whisper('There is no command “/deploy statsu”. Did you mean /deploy status?'),
    ])
    expect(await room.type(`/help ${'x '.repeat(5000)}`)).toHaveLength(1)
  })

  it('gives way to a command of that name', async () => {
    expect(await testRoom({ help: simple('Own') }).type('/help')).toEqual([say('Own')])
  })
})
