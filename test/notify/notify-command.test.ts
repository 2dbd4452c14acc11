import { describe, expect, it } from 'vitest'
import { createBuiltInCommands } from '../../src/built-in/built-in-commands.js'
import { command } from '../../src/model/command.js'
import type { Invocation } from '../../src/model/invocation.js'
import { silentLogger } from '../../src/model/logger.js'
import { type Outcome, type Reply, say } from '../../src/model/reply.js'
import { type Broadcast, createNotifyCommands } from '../../src/notify/notify-command.js'
import { createTokens, type Tokens } from '../../src/notify/tokens.js'
import { createDispatch } from '../../src/pipeline/dispatch-without-delivery.js'
import { parsePolicy } from '../../src/policy/parse-policy.js'
import { type CompiledCommand, compileCommand } from '../../src/registry/compiled-command.js'
import { createRegistry } from '../../src/registry/registry.js'
import { createDelayedJobStore } from '../../src/scheduler/delayed-jobs.js'
import { createScheduleSubscriptions } from '../../src/scheduler/room-subscriptions.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { invocationOf } from '../fixtures/invocation.js'

const annMay = 'rules:\n  - allow: notify *\n    users: [ann]\n'

describe('/notify token', () => {
  it('lists the tokens, and says none of them', async () => {
    const { tokens, type } = roomWith(annMay)
    expect(await type('/notify token list')).toMatchObject([
      'There are no tokens. Create one with "slashroom token create".',
    ])
    const made = await tokens.create({ name: 'web', kind: 'command', rooms: 'all', rate: 'none', expires: 3_600_000 })
    const { sender } = await tokens.create({ name: 'ci', kind: 'post', rooms: ['ops', 'slack:C0123'] })
    tokens.noteUse(sender)
    await expect.poll(async () => (await tokens.list())[0]?.lastUsedAt).toBeDefined()
    const [list = ''] = await type('/notify token list')
    expect(list.split('\n')).toEqual([
      'ci – ops, slack:C0123, rate 500/5m, last used Tue 2030-01-01 08:00 UTC',
      'web – commands of all rooms, rate none, until Tue 2030-01-01 09:00 UTC, never used',
    ])
    expect(list).not.toContain(made.token)
  })

  it('revokes by name', async () => {
    const { tokens, type } = roomWith(annMay)
    const { token } = await tokens.create({ name: 'ci', kind: 'post', rooms: 'all' })
    expect(await type('/notify token revoke cd')).toEqual(['There is no token “cd”: /notify token list shows them.'])
    expect(await tokens.find(token)).toBeDefined()
    expect(await type('/notify token revoke ci')).toEqual(['Revoked “ci”.'])
    expect(await tokens.find(token)).toBeUndefined()
  })

  it('answers the caller alone', async () => {
    const { dispatch } = roomWith(annMay)
    for (const line of ['/notify token list', '/notify token revoke ci'])
      expect((await dispatch(line, 'ann')).replies.map(({ audience }) => audience)).toEqual(['caller'])
  })

  it('is for nobody whom no rule names, whatever the policy’s default is', async () => {
    const { tokens, dispatch } = roomWith(`default: allow\n${annMay}`)
    const { token } = await tokens.create({ name: 'ci', kind: 'post', rooms: 'all' })
    for (const line of ['/notify token list', '/notify token revoke ci', '/notify ops hello']) {
      const { replies, outcome } = await dispatch(line, 'ben')
      expect(outcome, line).toBe('forbidden')
      expect(JSON.stringify(replies)).toContain('no rule of the policy allows you to')
    }
    expect(await tokens.find(token)).toBeDefined()
    expect((await dispatch('/help', 'ben')).replies).not.toContain('notify')
    expect(JSON.stringify((await dispatch('/help', 'ann')).replies)).toContain('/notify token list    Lists')
  })

  it('is refused by a rule that denies it, in the rule’s words', async () => {
    const { type } = roomWith('rules:\n  - deny: notify token revoke\n    reason: Ask Ada.\n  - allow: notify *\n')
    expect(await type('/notify token revoke ci')).toEqual(['Ask Ada.'])
    expect(await type('/notify token list')).toHaveLength(1)
  })

  it('waits for a second person’s yes where a rule asks for that', async () => {
    const { tokens, type } = roomWith('rules:\n  - approve: notify token revoke\n')
    const { token } = await tokens.create({ name: 'ci', kind: 'post', rooms: 'all' })
    const [asked = ''] = await type('/notify token revoke ci')
    expect(await tokens.find(token)).toBeDefined()
    const [, code] = /confirm (\w+)/.exec(asked) ?? []
    await type(`/confirm ${code}`, 'ben')
    expect(await tokens.find(token)).toBeUndefined()
  })

  it('is not there where no rule is about it, nor where the bot has a /notify of its own', async () => {
    const names = (policy: string, own: readonly CompiledCommand[] = []) =>
      roomWith(policy, own)
        .registry.list()
        .flatMap(({ name }) => (name.startsWith('notify') ? [name] : []))
    expect(names('default: allow')).toEqual([])
    expect(names('rules:\n  - allow: deploy *\n')).toEqual([])
    expect(names('rules:\n  - allow: notify token list\n')).toEqual(['notify token list'])
    expect(names('rules:\n  - allow: "*"\n    roles: [admin]\n')).toEqual([
      'notify',
      'notify token list',
      'notify token revoke',
    ])
    const own = compileCommand('notify', command({ summary: 'Own', run: () => 'own' }))
    expect(names(annMay, [own])).toEqual(['notify'])
    expect(await roomWith(annMay, [own]).type('/notify token list')).not.toContain('There is no token')
  })
})

describe('/notify', () => {
  it('hands rooms and text to the broadcast, and shows what that says', async () => {
    const { type } = roomWith(annMay)
    expect(await type("/notify ops,web 'Lunch is ready'")).toEqual(['Ann Lee to ops,web: Lunch is ready'])
    expect(await type('/notify ops “Lunch  is ready”')).toEqual(['Ann Lee to ops: Lunch  is ready'])
    expect(await type('/notify ops Lunch is ready')).toEqual(['Ann Lee to ops: Lunch is ready'])
    expect(await type("/notify ops It's 'ready'")).toEqual(["Ann Lee to ops: It's 'ready'"])
  })
})

const broadcast: Broadcast = async ({ user }, rooms, text) => say(`${user.name} to ${rooms}: ${text}`)

/** A room with the commands of the notifier, and Ann in it. */
function roomWith(policyText: string, own: readonly CompiledCommand[] = []) {
  const now = () => Date.UTC(2030, 0, 1, 8)
  const store = createMemoryStore()
  const tokens: Tokens = createTokens({ store, now })
  const policy = parsePolicy(policyText)
  const platforms = () => []
  const subscriptions = createScheduleSubscriptions(store)
  const delayedJobs = createDelayedJobStore({ store, platforms, now })
  const builtIn = createBuiltInCommands({ policy, subscriptions, delayedJobs, platforms, now })
  const notify = createNotifyCommands({ tokens, policy, broadcast })
  const registry = createRegistry((all, files) => [...builtIn(all, files), ...notify(all, files)])
  registry.replace(own)
  const run = createDispatch({ registry, policy, store, log: silentLogger })
  let count = 0

  async function dispatch(text: string, id: string): Promise<{ replies: readonly Reply[]; outcome: Outcome }> {
    const user: Invocation['user'] = { id, name: id === 'ann' ? 'Ann Lee' : id }
    const steps = run(invocationOf(`call-${++count}`, { text, user }), new AbortController().signal)
    const replies: Reply[] = []
    for (;;) {
      const step = await steps.next()
      if (step.done) return { replies, outcome: step.value }
      replies.push(step.value)
    }
  }

  const type = async (line: string, id = 'ann'): Promise<readonly string[]> =>
    (await dispatch(line, id)).replies.map((reply) => ('text' in reply ? String(reply.text) : JSON.stringify(reply)))
  return { tokens, registry, dispatch, type }
}
