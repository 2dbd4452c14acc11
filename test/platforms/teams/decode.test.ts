import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Invocation } from '../../../src/model/invocation.js'
import { decode } from '../../../src/platforms/teams/decode.js'
import type { Payload } from '../../../src/platforms/teams/wire.js'
import { readActivity } from '../../../src/platforms/teams/wire.js'
import { called, channelId, startTeams, type Teams, userId } from '../../fixtures/teams.js'

let server: Teams
beforeAll(async () => {
  server = await startTeams()
})
afterAll(() => server.close())

/** What an activity asks for. */
function asked(changed: Readonly<Record<string, unknown>>, door: Payload['door'] = 'bot'): Invocation | undefined {
  return decoded(server.activity(changed), door).invocation
}

function decoded(activity: Record<string, unknown>, door: Payload['door'] = 'bot') {
  const { tenantId } = server
  const installation = { id: tenantId, platform: 'teams', tenant: { id: tenantId }, details: {}, secrets: {} }
  const read = readActivity(Buffer.from(JSON.stringify(activity)))
  return decode({ installation, payload: { door, activity: read, bodyHash: 'hash' }, receivedAt: Date.now() })
}

const personal = () => ({
  conversation: { id: 'a:1', conversationType: 'personal', tenantId: server.tenantId },
  entities: [],
})

describe('a line', () => {
  it.each([
    ['<at>Slashroom</at> deploy status', '/deploy status'],
    ['<at>Slashroom</at> /deploy status', '/deploy status'],
    ['<at>Slashroom</at>&nbsp;deploy status&nbsp;', '/deploy status'],
    ['\r\n<at>Slashroom</at>\u00a0 deploy "a  b"\n', '/deploy "a  b"'],
    ['deploy <at>Slashroom</at> status', '/deploy  status'],
    ['<at>Slashroom</at> say &nbsp; inside', '/say &nbsp; inside'],
  ])('that calls the bot by its name is read without that: %j', (text, line) => {
    expect(asked({ text })?.text).toBe(line)
  })

  it('needs no name in private', () => {
    expect(asked({ ...personal(), text: 'deploy status' })?.text).toBe('/deploy status')
  })

  it('needs no name where it came from the menu of commands, which nobody else sees', () => {
    const recipient = { id: `28:${server.appId}`, name: 'Slashroom', isTargeted: true }
    expect(asked({ text: 'deploy status', entities: [], recipient })?.text).toBe('/deploy status')
    expect(asked({ text: 'deploy status', entities: [] })).toBeUndefined()
    expect(asked({ text: '/deploy status', entities: [] })?.text).toBe('/deploy status')
  })

  it('names others as they are called', () => {
    const kim = '<at>Kim Lee</at>'
    const sam = '<at>Sam</at>'
    const invocation = asked({
      text: called(`assign ${kim} ${sam}`),
      entities: [
        { type: 'mention', text: kim, mentioned: { id: '29:kim', name: 'Kim Lee' } },
        ...(server.activity()['entities'] as object[]),
        { type: 'mention', text: sam, mentioned: { id: '29:sam', name: 'Sam' } },
      ],
    })
    expect(invocation?.text).toBe('/assign "@Kim Lee" @Sam')
    expect(invocation?.mentions).toEqual([
      { id: '29:kim', name: 'Kim Lee', mention: 'Kim Lee' },
      { id: '29:sam', name: 'Sam', mention: 'Sam' },
    ])
  })

  it('cannot be broken by what somebody is called', () => {
    const text = '<at>x" --force "$&</at>'
    const entities = [
      ...(server.activity()['entities'] as object[]),
      { type: 'mention', text, mentioned: { id: '29:x', name: 'x" --force "$&' } },
    ]
    expect(asked({ text: called(`assign ${text}`), entities })?.text).toBe('/assign "@x --force $&"')
  })

  it('is of the bot’s where it is called so in an Outgoing Webhook, which has no name but its own', () => {
    const entities = [{ type: 'mention', text: '<at>ops</at>', mentioned: { id: '28:hook', name: 'ops' } }]
    const hook = { text: '<at>ops</at> deploy status\n', recipient: undefined }
    expect(asked({ ...hook, entities }, 'webhook')?.text).toBe('/deploy status')
    expect(asked({ ...hook, entities: [] }, 'webhook')?.text).toBe('/deploy status')
  })
})

describe('a pressed button', () => {
  it('types its line for whoever pressed it', () => {
    const { ack, invocation } = decoded(server.pressed('/deploy rollback'))
    expect(invocation).toMatchObject({ text: '/deploy rollback', user: { id: 'aaaaaaaa-0000-4000-8000-000000000001' } })
    expect(ack).toMatchObject({ status: 200, body: { statusCode: 200, value: '/deploy rollback' } })
  })

  it('of a client that knows no better sends a message of its own', () => {
    const value = { slashroom: '/deploy rollback' }
    expect(asked({ value, text: undefined, entities: undefined })?.text).toBe('/deploy rollback')
  })

  it.each([[undefined], [{}], [{ slashroom: 1 }], [{ slashroom: 'deploy' }], [{ slashroom: '/' }], [[]], ['/deploy']])(
    'of something else is told that there is nothing: %j',
    (data) => {
      const { ack, invocation } = decoded(server.pressed('', { value: { action: { data } } }))
      expect(invocation).toBeUndefined()
      expect(ack).toMatchObject({ status: 200, body: { value: 'There is nothing behind this any more.' } })
    },
  )
})

describe('who asks, and where', () => {
  it('is known by the directory’s id, in the channel of the thread', () => {
    expect(asked({})).toMatchObject({
      tenant: { id: server.tenantId },
      room: { id: channelId, name: channelId, untrustedName: true },
      user: { id: 'aaaaaaaa-0000-4000-8000-000000000001', name: 'Kim Lee' },
      replyTo: { serviceUrl: server.serviceUrl, userId },
    })
    expect(asked({ from: { id: userId, name: 'Kim' } })?.user.id).toBe(userId)
  })

  it('is from outside where another tenant is theirs', () => {
    const kim = { id: userId, name: 'Kim' }
    const other = 'abcdef00-0000-4000-8000-000000000001'
    expect(asked({ from: { ...kim, tenantId: server.tenantId } })?.user).toEqual({
      ...{ id: userId, name: 'Kim', mention: 'Kim', tenant: server.tenantId },
    })
    expect(asked({ from: { ...kim, tenantId: other } })?.user).toMatchObject({ tenant: other, external: true })
  })

  it('is nobody where it is a bot, or not said', () => {
    expect(asked({ from: { id: '28:other', name: 'Bot' } })).toBeUndefined()
    expect(asked({ from: { id: '29:x', name: 'Bot', role: 'bot' } })).toBeUndefined()
    expect(asked({ from: undefined })).toBeUndefined()
    expect(asked({ conversation: undefined })).toBeUndefined()
  })

  it('is asked when the service says, unless its clock is wrong', () => {
    const at = Date.now() - 60_000
    expect(asked({ timestamp: new Date(at).toISOString() })?.at).toBe(at)
    expect(asked({ timestamp: '1999-01-01T00:00:00Z' })?.at).toBeGreaterThan(at)
  })

  it('has an id that the same activity always has', () => {
    const activity = server.activity()
    expect(decoded(activity).invocation?.id).toBe(decoded({ ...activity, text: 'edited' }).invocation?.id)
    expect(decoded(activity).invocation?.id).not.toBe(asked({})?.id)
    expect(asked({ id: undefined })?.id).toMatch(/^\w{16}$/)
  })
})
