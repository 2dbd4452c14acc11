import { describe, expect, it } from 'vitest'
import { command, say, UsageError, whisper } from '../../src/authoring.js'
import { createBuiltInCommands } from '../../src/built-in/built-in-commands.js'
import { silentLogger } from '../../src/model/logger.js'
import { createDispatch } from '../../src/pipeline/dispatch-without-delivery.js'
import { noPolicy } from '../../src/policy/policy.js'
import { compileCommand } from '../../src/registry/compiled-command.js'
import { createRegistry } from '../../src/registry/registry.js'
import { createDelayedJobStore } from '../../src/scheduler/delayed-jobs.js'
import { createScheduleSubscriptions } from '../../src/scheduler/room-subscriptions.js'
import { createMemoryStore } from '../../src/stores/memory.js'
import { testRoom } from '../../src/testing/test-room.js'
import { invocationOf } from '../fixtures/invocation.js'

const now = Date.UTC(2030, 0, 1, 8)
const plain = command({ summary: 'Not scheduled', run: () => 'plain' })
const digest = command({
  summary: 'Sums up',
  options: { since: { type: 'string', default: 'yesterday' } },
  schedule: '0 9 * * *',
  run: ({ options, invocation }) => `${invocation.user.name} in ${invocation.room.name}: since ${options.since}`,
})

describe('a command with a schedule', () => {
  it('is run by itself at its time, each time, in the room that has the bot to itself', async () => {
    const room = testRoom({ digest }, { now })
    await room.advance('59m')
    expect(room.shown()).toEqual([])
    await room.advance('1m')
    expect(room.shown()).toEqual([say('schedule in general: since yesterday')])
    await room.advance('48h')
    expect(room.shown()).toHaveLength(2)
    expect(room.shown()).toEqual([])
  })

  it('is run in the rooms that it names, with its options', async () => {
    const ops = { ...digest, schedule: { cron: '0 9 * * *', rooms: ['#ops', 'lab'], options: { since: 'last week' } } }
    const room = testRoom({ digest: ops }, { now })
    await room.advance('1h')
    expect(room.shown()).toEqual([])
    expect(room.as({ room: 'ops' }).shown()).toEqual([say('schedule in ops: since last week')])
    expect(room.as({ room: 'lab' }).shown()).toHaveLength(1)
  })

  it('may have several schedules', async () => {
    const often = { ...digest, schedule: ['0 9 * * *', { cron: '30 9 * * *', options: { since: 'nine' } }] }
    const room = testRoom({ digest: often }, { now })
    await room.advance('2h')
    expect(room.shown()).toEqual([say('schedule in general: since yesterday'), say('schedule in general: since nine')])
  })

  it('is not asked what people are: who, how often, and whether they mean it', async () => {
    const strict = command({
      summary: 'Strict',
      schedule: '*/10 * * * *',
      allow: { users: ['ada'], roles: ['admin'], when: () => false },
      cooldown: { every: '1d', per: 'tenant' },
      confirm: true,
      run: () => 'done',
    })
    const room = testRoom({ strict }, { now })
    await room.advance('20m')
    expect(room.shown()).toEqual([say('done'), say('done')])
    // A person who is called as it is gains nothing by that.
    await room.as({ id: 'schedule', name: 'schedule' }).type('/strict')
    expect(room.outcome()).toBe('forbidden')
  })

  it('runs only where its author and the operator let it', async () => {
    const elsewhere = { ...digest, allow: { rooms: ['#ops'] } }
    const rules = (decision: string) => `rules:\n  - ${decision}: digest\n`
    const refused = whisper('You may not run /digest here.')
    for (const [subject, policy, answer] of [
      [elsewhere, undefined, { ...refused, audience: 'room' }],
      [digest, rules('deny'), { ...refused, audience: 'room' }],
      [digest, `${rules('deny')}    users: [schedule]\n`, { ...refused, audience: 'room' }],
      [digest, rules('approve'), say("/digest needs a second person's yes, so that no schedule may run it.")],
    ] as const) {
      const room = testRoom({ digest: subject }, { now, ...(policy ? { policy } : {}) })
      await room.advance('1h')
      expect(room.shown()).toEqual([answer])
    }
  })

  it('whispers aloud, since nobody asked', async () => {
    const shy = command({ summary: 'Shy', schedule: '0 9 * * *', run: () => whisper('psst') })
    const broken = command({
      summary: 'Broken',
      schedule: '0 10 * * *',
      run() {
        throw new UsageError('Say it better.')
      },
    })
    const room = testRoom({ shy, broken }, { now })
    await room.advance('2h')
    expect(room.shown()).toEqual([say('psst'), say('Say it better.')])
    expect(await room.type('/shy')).toEqual([whisper('psst')])
  })

  it('is run alone under the name that it is typed by', async () => {
    const room = testRoom(digest, { now })
    await room.type('/sum')
    await room.advance('1h')
    expect(room.shown()).toHaveLength(1)
  })
})

describe('/schedule', () => {
  it('shows what runs here, and when next in its own zone', async () => {
    const berlin = { ...digest, schedule: { cron: '30 9 * * *', zone: 'Europe/Berlin' } }
    const ops = { ...digest, schedule: { cron: '0 10 * * *', rooms: ['#ops'] } }
    const room = testRoom({ digest, berlin, ops, plain }, { now })
    expect(await room.type('/schedule')).toEqual([
      whisper(
        [
          '/berlin – 30 9 * * *: next Tue 2030-01-01 09:30 Europe/Berlin',
          '/digest – 0 9 * * *: next Tue 2030-01-01 09:00 UTC',
          '/ops – 0 10 * * *: only in #ops',
        ].join('\n'),
      ),
    ])
    expect(await room.as({ room: 'lab' }).type('/schedule')).toMatchObject([
      { text: expect.stringContaining('/digest – 0 9 * * *: not here; /schedule on digest') },
    ])
  })

  it('switches a room on and off', async () => {
    const room = testRoom({ digest }, { now })
    const lab = room.as({ room: 'lab' })
    expect(await lab.type('/schedule on digest')).toEqual([
      say('Scheduled here: /digest, next Tue 2030-01-01 09:00 UTC.'),
    ])
    expect(await room.type('/schedule off /digest')).toEqual([say('/digest no longer runs here on a schedule.')])
    await room.advance('1h')
    expect([room.shown(), lab.shown()]).toEqual([[], [say('schedule in lab: since yesterday')]])
    await lab.type('/schedule off digest')
    await room.type('/schedule on digest')
    await room.advance('24h')
    expect([room.shown().length, lab.shown().length]).toEqual([1, 0])
  })

  it('is there for what is scheduled, and for who may run it', async () => {
    expect(await testRoom({ plain }).type('/schedule')).toEqual([])
    const room = testRoom({ digest: { ...digest, allow: { users: ['ada'] } } }, { now })
    expect(await room.type('/schedule on digest')).toEqual([
      whisper('There is no scheduled command “/digest”: /schedule lists them.'),
    ])
    expect(await room.type('/schedule')).toEqual([whisper('Nothing is scheduled that you may run.')])
    expect(await room.as('ada').type('/schedule off digest')).toMatchObject([{ audience: 'room' }])
    const ops = testRoom({ digest: { ...digest, schedule: { cron: '@daily', rooms: ['#ops'] } } })
    expect(await ops.type('/schedule on digest')).toEqual([whisper('/digest is scheduled for #ops only.')])
  })

  it('switches nothing on where nothing could be said unasked', async () => {
    const store = createMemoryStore()
    const switches = createScheduleSubscriptions(store)
    const venues = () => [{ name: 'hipchat', durableReplyTo: () => undefined }]
    const registry = createRegistry(
      createBuiltInCommands({
        policy: noPolicy,
        subscriptions: switches,
        delayedJobs: createDelayedJobStore({ store, platforms: venues, now: () => now }),
        platforms: venues,
        now: () => now,
      }),
    )
    registry.replace([compileCommand('digest', { summary: 'Sums up', schedule: '@daily', run() {} })])
    const dispatch = createDispatch({ registry, store, log: silentLogger })
    const replies = dispatch(invocationOf('a', { text: '/schedule on digest' }), new AbortController().signal)
    expect((await replies.next()).value).toMatchObject({ text: expect.stringContaining('no token of its own') })
    expect(await switches.get('digest', invocationOf('a'))).toBeUndefined()
  })

  it('stands in the help of the command', async () => {
    const [help] = await testRoom({ digest }).type('/help digest')
    expect(help).toMatchObject({ text: expect.stringContaining('Scheduled: 0 9 * * * UTC') })
  })
})
