import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.js'
import type { Command } from '../../src/model/command.js'
import { authorize } from '../../src/policy/authorization.js'
import { parsePolicy } from '../../src/policy/parse-policy.js'
import { createPolicy, noPolicy } from '../../src/policy/policy.js'
import { requiredConfirmation } from '../../src/prompts/confirmation.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { createRegistry, resolveCall } from '../../src/registry/registry.js'
import { validateCommand } from '../../src/registry/validate-command.js'
import { invocationOf } from '../fixtures/invocation.js'

const run = () => 'ok'
const ping = { summary: 'Answers', run }

/** What `work` gives while these members stand on all objects. */
async function onAllObjects<Value>(members: object, work: () => Value | Promise<Value>): Promise<Value> {
  Object.assign(Object.prototype, members)
  try {
    return await work()
  } finally {
    for (const name of Object.keys(members)) Reflect.deleteProperty(Object.prototype, name)
  }
}

/** Why Ann may not run it; undefined where she may. */
async function denial(command: Command, policy = noPolicy) {
  return (await authorize(compileCommand('ping', command), invocationOf('1'), policy)).denied
}

const refused = 'You may not run /ping here.'

describe('what stands on all objects', () => {
  it('is no part of a definition', async () => {
    const parts = { allow: 'anyone', confirm: true, timeout: 1, hidden: true, schedule: '* * * * *', cooldown: {} }
    const compiled = await onAllObjects(parts, () => compileCommand('ping', validateCommand({ default: ping })))
    expect(compiled).toMatchObject({ timeoutMs: 30_000, schedules: [], command: { summary: 'Answers' } })
    const read = await onAllObjects(parts, () => Object.keys(parts).filter((part) => part in compiled.command))
    expect(read).toEqual([])
    await expect(onAllObjects(parts, () => denial(ping))).resolves.toBeUndefined()
  })

  it('is no definition where a file exports none', async () => {
    const command = { summary: 'Everybody’s', run }
    await expect(onAllObjects({ default: command }, () => validateCommand({ other: 1 }))).rejects.toThrow('no default')
    await expect(onAllObjects({ run }, () => validateCommand({ default: { summary: 'x' } }))).rejects.toThrow('run is')
  })

  it('is no list of a definition’s parts', async () => {
    await expect(onAllObjects({ users: ['2'] }, () => denial({ ...ping, allow: {} }))).resolves.toBeUndefined()
    const confirm = { ...ping, confirm: { question: 'Sure?' } }
    const asked = () => requiredConfirmation(compileCommand('ping', confirm), { decision: 'allow' })
    expect(await onAllObjects({ by: ['everybody'] }, asked)).toMatchObject({ by: [] })
    const asText = () => requiredConfirmation(compileCommand('ping', { ...ping, confirm: 'Sure?' }), noPolicyDecision)
    expect(await onAllObjects({ by: ['everybody'] }, asText)).toMatchObject({ by: [] })
  })

  it('is no part of an option or a schedule', async () => {
    const options = { what: { type: 'string' }, count: { type: 'integer' } } as const
    const schedule = [{ cron: '0 9 * * *' }]
    const parts = { required: true, min: 3, zone: 'Mars/Base', rooms: ['1'], options: {} }
    const compiled = await onAllObjects(parts, () => compileCommand('ping', { ...ping, options, schedule }))
    expect(compiled.compiledOptions.options.map(({ option }) => 'required' in option)).toEqual([false, false])
    expect(compiled.schedules).toMatchObject([{ zone: 'UTC', rooms: undefined }])
  })

  it('is nobody’s role, nobody’s yes, and no schedule’s word', async () => {
    const closed = { ...ping, allow: { roles: ['admin'] } }
    expect(await onAllObjects({ roles: ['admin'] }, () => denial(closed))).toBe(refused)
    expect(await onAllObjects({ scheduled: 'ping' }, () => denial(closed))).toBe(refused)
    expect(await onAllObjects({ builtIn: true }, () => denial(ping, createPolicy([], 'deny')))).toBe(refused)
    const registry = createRegistry()
    registry.replace([compileCommand('ping', ping)])
    const call = () => resolveCall(registry, invocationOf('1'))
    const confirmedBy = { id: '2', name: 'Eve' }
    expect(await onAllObjects({ confirmedBy }, () => Object.entries(call()))).toContainEqual(['confirmedBy', undefined])
  })

  it('is no condition of a policy', async () => {
    const policy = parsePolicy('rules:\n  - deny: ping\n')
    expect(await onAllObjects({ users: ['2'], rooms: ['2'] }, () => denial(ping, policy))).toBe(refused)
    const admins = parsePolicy('default: deny\nrules:\n  - allow: ping\n    roles: admin\n')
    expect(await onAllObjects({ roles: ['admin'] }, () => denial(ping, admins))).toBe(refused)
  })

  it('is no setting', async () => {
    const set = { PORT: '1', POLICY_FILE: 'none.yaml', LOG_LEVEL: 'silent' }
    const config = await onAllObjects(set, () => readConfig({}))
    expect(config).toMatchObject({ port: 3000, policyFile: undefined, logLevel: 'info' })
  })
})

const noPolicyDecision = { decision: 'allow' } as const

describe('what a definition inherits', () => {
  it('is not read, so that the file is refused', () => {
    class Closed {
      readonly summary = 'x'
      readonly allow = { users: ['1'] }
      run = run
    }
    class Inherits {
      readonly summary = 'x'
      run() {}
    }
    expect(validateCommand({ default: new Closed() })).toMatchObject({ allow: { users: ['1'] } })
    expect(() => validateCommand({ default: new Inherits() })).toThrow('run must stand in the definition itself')
    const lent = Object.assign(Object.create({ allow: { users: ['1'] } }), ping)
    expect(() => validateCommand({ default: lent })).toThrow('allow must stand in the definition itself')
    const allow = Object.create({ users: ['1'] })
    expect(() => validateCommand({ default: { ...ping, allow } })).toThrow('or hold lists')
    const confirm = Object.create({ by: ['1'] })
    expect(() => validateCommand({ default: { ...ping, confirm } })).toThrow('confirm must be true')
  })
})
