import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { command, say, whisper } from '../../src/authoring.js'
import { createBot } from '../../src/bot.js'
import type { Room } from '../../src/model/invocation.js'
import { type LogFields, silentLogger } from '../../src/model/logger.js'
import { loadPolicy } from '../../src/policy/load-policy.js'
import { parsePolicy } from '../../src/policy/parse-policy.js'
import { noPolicy } from '../../src/policy/policy.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { type TestIdentity, testRoom } from '../../src/testing/test-room.js'
import { timeRatio } from '../fixtures/growth.js'
import { invocationOf } from '../fixtures/invocation.js'

const simple = (summary: string, more = {}) =>
  command({ summary, ...more, run: ({ invocation }) => say(`${summary} ${invocation.confirmedBy?.name ?? ''}`.trim()) })
const commands = {
  ping: simple('Pong'),
  deploy: simple('Deploys'),
  'deploy start': simple('Starts', { aliases: ['go'] }),
  'deploy db drop': simple('Drops', { allow: { roles: ['captain'] } }),
  deployments: simple('Lists'),
}

/** Types a line under a policy, and says how it ended. */
async function outcome(policy: string, line: string, place: TestIdentity = {}) {
  const room = testRoom(commands, { policy }).as(place)
  await room.type(line)
  return room.outcome()
}

describe('a policy', () => {
  it('allows everything where it says nothing', async () => {
    for (const text of ['', '# nothing\n', 'rules: []', 'default: allow']) {
      expect(await outcome(text, '/deploy start'), text).toBe('done')
    }
  })

  it('denies what no rule allows, where it says so', async () => {
    const policy = 'default: deny\nrules:\n  - allow: [ping, /deploy start]\n'
    expect(await outcome(policy, '/ping')).toBe('done')
    expect(await outcome(policy, '/deploy go')).toBe('done')
    expect(await outcome(policy, '/deploy')).toBe('forbidden')
    expect(await outcome(policy, '/help')).toBe('done')
  })

  it('is decided by the first rule that fits', async () => {
    const policy = `
rules:
  - allow: deploy start
    users: [1234567890123456789]
  - deny: deploy *
    reason: Only Ada ships.
`
    expect(await outcome(policy, '/deploy start', { user: { id: '1234567890123456789', name: 'Ada' } })).toBe('done')
    expect(await testRoom(commands, { policy }).type('/deploy go')).toEqual([whisper('Only Ada ships.')])
  })

  it('knows commands by name: one, all below it, a part of a word, every one', async () => {
    const denied = async (name: string) =>
      (
        await Promise.all(
          Object.keys(commands).map(async (one) =>
            (await outcome(`rules:\n  - deny: ${name}`, `/${one}`, { roles: ['captain'] })) === 'forbidden'
              ? [one]
              : [],
          ),
        )
      ).flat()
    expect(await denied('deploy')).toEqual(['deploy'])
    expect(await denied('Deploy *')).toEqual(['deploy', 'deploy start', 'deploy db drop'])
    expect(await denied('deploy*')).toEqual(['deploy', 'deployments'])
    expect(await denied('deploy * drop')).toEqual(['deploy db drop'])
    expect(await denied('"*"')).toEqual(Object.keys(commands))
    expect(await denied('de.loy')).toEqual([])
  })

  it('asks all of the conditions that a rule has', async () => {
    const policy = `
default: deny
rules:
  - allow: "*"
    users: [alice, bob]
    roles: captain
    rooms: ["#Ops", 17]
    tenants: ours
`
    const right = { user: 'alice', roles: ['captain'], room: 'ops', tenant: 'ours' }
    expect(await outcome(policy, '/ping', right)).toBe('done')
    expect(await outcome(policy, '/ping', { ...right, room: '17' })).toBe('done')
    for (const wrong of [{ user: 'eve' }, { roles: [] }, { room: 'lobby' }, { tenant: 'theirs' }]) {
      expect(await outcome(policy, '/ping', { ...right, ...wrong }), JSON.stringify(wrong)).toBe('forbidden')
    }
  })

  it('knows a thread by its room’s id, and no room by a name that everybody could have given it', () => {
    const { rules, evaluate } = parsePolicy('default: deny\nrules:\n  - allow: ping\n    rooms: ["#ops", "42"]\n')
    expect(rules).toHaveLength(1)
    const compiled = compileCommand('ping', commands.ping)
    const decisionIn = (room: Room) => evaluate(compiled, invocationOf('1', { room })).decision
    expect(decisionIn({ id: '1', name: 'Ops' })).toBe('allow')
    expect(decisionIn({ id: '1', name: 'Ops', untrustedName: true })).toBe('deny')
    expect(decisionIn({ id: '1', name: 'x', untrustedName: true, parent: '42' })).toBe('allow')
    expect(decisionIn({ id: '42', name: 'x', untrustedName: true })).toBe('allow')
  })

  it('takes no room for a thread because of what stands on the prototype of all objects', () => {
    const { evaluate } = parsePolicy('default: deny\nrules:\n  - allow: ping\n    rooms: ["42"]\n')
    const compiled = compileCommand('ping', commands.ping)
    Object.defineProperty(Object.prototype, 'parent', { value: '42', configurable: true })
    try {
      expect(evaluate(compiled, invocationOf('1', { room: { id: '1', name: 'ops' } })).decision).toBe('deny')
    } finally {
      Reflect.deleteProperty(Object.prototype, 'parent')
    }
  })

  it('does not open what a command closes', async () => {
    expect(await outcome('rules:\n  - allow: "*"', '/deploy db drop')).toBe('forbidden')
  })

  it('hides from help what the caller may not run', async () => {
    const [help] = await testRoom(commands, { policy: 'rules:\n  - deny: deploy *' }).type('/help')
    expect(help).toMatchObject({ text: expect.not.stringContaining('/deploy ') })
    expect(help).toMatchObject({ text: expect.stringContaining('/deployments') })
    expect(await outcome('rules:\n  - deny: "*"', '/help deploy start')).toBe('done')
  })
})

describe('a rule that wants approval', () => {
  const policy = 'rules:\n  - approve: deploy start\n    by: [captain, "@carol"]\n'

  it('asks somebody else, even where the caller is named', async () => {
    const room = testRoom(commands, { policy, roles: ['captain'] })
    expect(await room.type('/deploy start')).toMatchObject([
      {
        audience: 'room',
        card: { title: 'Run /deploy start?', text: expect.stringContaining('other than alice: captain') },
      },
    ])
    expect(await room.press('Yes')).toEqual([
      whisper('Only somebody other than alice: captain or @carol may answer that.'),
    ])
    await room.as({ user: 'bob', roles: [] }).press('Yes')
    expect(room.outcome()).toBe('forbidden')
    expect(await room.as({ user: 'carol', roles: [] }).press('Yes')).toEqual([say('Starts carol')])
  })

  it('asks whoever else may run the command, where it names nobody', async () => {
    const room = testRoom(commands, { policy: 'rules:\n  - approve: deploy *\n', roles: ['captain'] })
    await room.type('/deploy db drop')
    await room.press('Yes')
    expect(room.outcome()).toBe('forbidden')
    await room.as({ user: 'bob', roles: [] }).press('Yes')
    expect(room.outcome()).toBe('forbidden')
    expect(await room.as({ user: 'carol' }).press('Yes')).toEqual([say('Drops carol')])
  })

  it('asks for both where the command asks for a yes too', async () => {
    const both = testRoom({ 'deploy start': simple('Starts', { confirm: { by: ['bob', 'carol'] } }) }, { policy })
    await both.type('/deploy start')
    expect(await both.as('bob').press('Yes')).toMatchObject([{ audience: 'caller' }])
    expect(await both.as({ user: 'alice', roles: ['captain'] }).press('Yes')).toMatchObject([{ audience: 'caller' }])
    expect(await both.as('carol').press('Yes')).toEqual([say('Starts carol')])
  })

  it('can be answered only where the bot has it in help', async () => {
    const [help] = await testRoom(commands, { policy }).type('/help')
    expect(help).toMatchObject({ text: expect.stringContaining('/confirm ') })
  })
})

describe('a policy file', () => {
  it.each([
    ['rules:\n  - deny: *', /^policy\.yaml:2: Alias .*quotes$/],
    ['rules:\n  - allow: ping\n    rooms: [#ops]', /^policy\.yaml:3: .*quotes$/],
    ['rules:\n  - approve: ping\n    by: [@ada]', /^policy\.yaml:3: .*quotes$/],
    ['rules:\n  - deny: ping\n    rooms:\n      - #ops', /^policy\.yaml:4: rooms must be a string .* quotes$/],
    ['rules:\n  - deny: ping\n    user: bob', /^policy\.yaml:3: there is no "user": a rule has allow, deny/],
    ['rules:\n  - deny: ping\n    allow: ping', /^policy\.yaml:2: a rule has one of allow, deny and approve$/],
    ['rules:\n  - users: [bob]', /^policy\.yaml:2: a rule has one of/],
    ['rules:\n  - deny: ping\n    deny: deploy', /^policy\.yaml:3: Map keys must be unique$/],
    ['rules:\n  - deny: ping\n    users: []', /^policy\.yaml:3: users is empty$/],
    ['rules:\n  - deny:', /^policy\.yaml:2: deny /],
    ['rules:\n  - deny: ping\n    users: "@bob"', /^policy\.yaml:3: list users by id/],
    ['rules:\n  - deny: ping\n    by: bob', /^policy\.yaml:3: by is for rules that approve$/],
    ['rules:\n  - allow: ping\n    reason: x', /^policy\.yaml:3: reason is for rules that deny$/],
    ['rules:\n  deny: ping', /^policy\.yaml:2: rules must be a list/],
    ['rules:\n  - ping', /^policy\.yaml:2: a rule has/],
    ['- deny: ping', /^policy\.yaml:1: it has rules, default/],
    ['default: maybe', /^policy\.yaml:1: default must be allow or deny$/],
    ['rule: []', /^policy\.yaml:1: there is no "rule"/],
    ['rules:\n  - deny: {a: b}', /^policy\.yaml:2: deny must be a string/],
    ['rules: [', /^policy\.yaml:1: /],
    ['rules:\n  - deny: !!js/function ping', /^policy\.yaml:2: Unresolved tag/],
  ])('with a fault is refused with its line: %j', (text, message) => {
    let fault = ''
    try {
      parsePolicy(text)
    } catch (error) {
      fault = error instanceof Error ? error.message : ''
    }
    expect(fault).toMatch(message)
    expect(fault.split('\n')).toHaveLength(1)
  })

  it('that is named must be there', async () => {
    await expect(loadPolicy('/nowhere/policy.yaml')).rejects.toThrow('POLICY_FILE: /nowhere/policy.yaml cannot be read')
  })

  it('stops the start of a bot where it is broken', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-policy-'))
    onTestFinished(() => rm(dir, { recursive: true, force: true }))
    const policyFile = join(dir, 'policy.yaml')
    const env = { STORE_URL: 'memory:', COMMANDS_DIR: 'test/fixtures/commands', BASE_URL: 'http://localhost' }
    const bot = () => createBot({ env, policyFile, port: 0, host: '127.0.0.1', log: silentLogger, platforms: [] })
    await writeFile(policyFile, 'rules: none')
    await expect(bot().start()).rejects.toThrow(`${policyFile}:1: rules must be a list`)
    await writeFile(policyFile, 'default: deny')
    const good = bot()
    await good.start()
    await good.stop()
  })

  it.each([
    ['default: allow\n---\ndefault: deny\n', 2],
    ['---\n# nothing yet\n---\nrules:\n  - deny: "*"\n', 3],
    ['default: deny\n---\n', 2],
  ])('must be one document: %j', (text, line) => {
    expect(() => parsePolicy(text)).toThrow(`policy.yaml:${line}: a second document begins here`)
  })

  it('may end as a document does', () => {
    expect(parsePolicy('---\ndefault: deny\n...\n').otherwise).toBe('deny')
  })

  it('is read from policy.yml too, and from no two files', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-policy-'))
    const before = process.cwd()
    process.chdir(dir)
    onTestFinished(async () => {
      process.chdir(before)
      await rm(dir, { recursive: true, force: true })
    })
    expect(await loadPolicy()).toBe(noPolicy)
    await writeFile('policy.yml', 'default: deny')
    expect(await loadPolicy()).toMatchObject({ file: 'policy.yml', otherwise: 'deny' })
    await writeFile('policy.yaml', 'default: allow')
    await expect(loadPolicy()).rejects.toThrow('Both policy.yaml and policy.yml exist: remove one, or set POLICY_FILE.')
  })

  it.each([
    ['default: deny\nrules:\n  - allow: ping\n  - allow: deploy\n', 'info', 'policy: 2 rules, default deny'],
    ['rules:\n  - deny: ping\n', 'info', 'policy: 1 rule, default allow'],
    ['', 'warn', 'policy: 0 rules, default allow: it restricts nothing'],
    [undefined, 'info', "policy: none, each command's file says who may run it"],
  ] as const)('is told of at start: %j', async (text, level, message) => {
    const dir = await mkdtemp(join(tmpdir(), 'slashroom-policy-'))
    onTestFinished(() => rm(dir, { recursive: true, force: true }))
    const policyFile = join(dir, 'policy.yaml')
    if (text !== undefined) await writeFile(policyFile, text)
    const said: unknown[] = []
    const note = (level: string) => (facts: LogFields, message: string) => void said.push({ level, facts, message })
    const env = { STORE_URL: 'memory:', COMMANDS_DIR: 'test/fixtures/commands', BASE_URL: 'http://localhost' }
    const log = { ...silentLogger, info: note('info'), warn: note('warn') }
    const named = text === undefined ? {} : { policyFile }
    const bot = createBot({ env, ...named, port: 0, host: '127.0.0.1', log, platforms: [] })
    await bot.start()
    await bot.stop()
    expect(said).toContainEqual({ level, facts: text === undefined ? {} : { file: policyFile }, message })
  })

  it('is read as the guide shows it', async () => {
    const [, policy = ''] = /```yaml\n(default: [\s\S]*?)```/.exec(readFileSync('docs/commands.md', 'utf8')) ?? []
    expect(await outcome(policy, '/deploy start', { roles: ['captain'], room: 'ops' })).toBe('done')
    expect(await testRoom(commands, { policy }).type('/deploy')).toEqual([whisper('Ask a captain.')])
    expect(await testRoom(commands, { policy }).type('/deploy start')).toMatchObject([{ kind: 'card' }])
  })

  it('names the rules that are about no command', () => {
    const policy = parsePolicy('rules:\n  - deny: [ping, pong *]\n  - allow: "*"\n')
    expect(policy.unusedRules([{ name: 'ping' }] as never)).toEqual([{ line: 2, name: 'pong *' }])
  })

  it('costs a call no more than the rules that are about its command', async () => {
    const calling = (count: number) => {
      const rules = Array.from({ length: count }, (_, at) => `  - deny: command${at} *\n    users: ["${at}"]`)
      const room = testRoom(commands, { policy: `rules:\n${rules.join('\n')}` })
      return async () => {
        for (let calls = 0; calls < 20; calls++) await room.type('/ping')
      }
    }
    expect(await timeRatio(calling(5_000), calling(5), 5)).toBeLessThan(5)
  })
})
