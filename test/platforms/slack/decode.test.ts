import { describe, expect, it } from 'vitest'
import type { Installation } from '../../../src/model/installation.js'
import { decode } from '../../../src/platforms/slack/decode.js'
import { readPayload } from '../../../src/platforms/slack/wire.js'
import { fc } from '../../fixtures/property.js'
import { eventBody, pressForm, signed, slashForm } from '../../fixtures/slack.js'

const installation: Installation = {
  id: 'T0001',
  platform: 'slack',
  tenant: { id: 'T0001', name: 'Example' },
  details: { botUserId: 'UBOT' },
  secrets: {},
}
const read = (path: string, body: string, at = 1_700_000_000) => {
  const payload = readPayload(signed(path, body), String(at))
  return decode({ installation, payload, receivedAt: Date.now() })
}

describe('decode of a slash command', () => {
  it('says who asked what, where, and how to answer', () => {
    const form = slashForm('/deploy status --env prod', {
      trigger_id: '1.2.a',
      response_url: 'https://hooks.slack.com/commands/1/2',
    })
    const { ack, invocation } = read('/commands', form)
    expect(ack).toEqual({ status: 200 })
    expect(invocation).toMatchObject({
      platform: 'slack',
      installation: 'T0001',
      tenant: { id: 'T0001', name: 'Example' },
      room: { id: 'C0001', name: 'ops' },
      user: { id: 'U0001', name: 'kim', mention: 'kim' },
      text: '/deploy status --env prod',
      mentions: [],
      replyTo: { channelId: 'C0001', userId: 'U0001', responseUrl: 'https://hooks.slack.com/commands/1/2' },
    })
    expect(invocation?.id).toMatch(/^[a-z2-7]{16}$/)
  })

  it('reads a command with nothing after it', () => {
    expect(read('/commands', slashForm('/ping')).invocation?.text).toBe('/ping')
  })

  it.each([
    ['/x a &lt;b&gt; &amp;amp; &quot;', '/x a <b> &amp; &quot;'],
    ['/x <@U012|lee> and <@U345>', '/x @lee and @U345'],
    ['/x in <#C012|general> or <#C987|>', '/x in <#C012|general> or <#C987|>'],
    ['/x <https://example.com/a?b=1&amp;c|https://example.com/a?b=1&amp;c>', '/x https://example.com/a?b=1&c'],
    ['/x <https://ci.example/job?name=web&amp;branch=main>', '/x https://ci.example/job?name=web&branch=main'],
    ['/x <https://e.example/?q=&amp;amp;|e> &amp;amp;', '/x https://e.example/?q=&amp; &amp;'],
    ['/x <@U77|rd&amp;team> <!subteam^S1|@a&amp;b>', '/x @rd&team @a&b'],
    ['/x <tel:+15551234567|555-123-4567> <tel:+15551234567>', '/x 555-123-4567 +15551234567'],
    ['/x <mailto:ops@acme.example> <mailto:ops@acme.example|Ops Team>', '/x ops@acme.example ops@acme.example'],
    ['/x <ftp://f.example/a> <ssh://git@g.example/r|x>', '/x ftp://f.example/a ssh://git@g.example/r'],
    ['/x <http://example.com/|example.com> <HTTPS://E.example|E.example>', '/x example.com E.example'],
    ['/x <std::vector> <a:b|c>', '/x <std::vector> <a:b|c>'],
    ['/x <http://example.com|example.com> <mailto:a@b.c|a@b.c>', '/x example.com a@b.c'],
    ['/x <!here> <!subteam^S1|@ops> <!channel|channel>', '/x @here @ops @channel'],
    ['/x <b> <script> <@> <', '/x <b> <script> <@> <'],
  ])('reads %s as %s', (sent, typed) => {
    const [, command = '', text = ''] = /^(\S+) (.*)$/.exec(sent) ?? []
    const form = new URLSearchParams(slashForm(command))
    form.set('text', text)
    expect(read('/commands', form.toString()).invocation?.text).toBe(typed)
  })

  it('reads any line as it was typed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const typed = `/x ${text.replaceAll('\r', '')}y`
        expect(read('/commands', slashForm(typed)).invocation?.text).toBe(typed)
      }),
    )
  })

  it('reads ids of another shape', () => {
    const changed = { channel_id: 'C-1', user_id: 'U-1' }
    const form = new URLSearchParams(slashForm('/x', changed))
    form.set('text', '<@U-2|lee>')
    const { invocation } = read('/commands', form.toString())
    expect(invocation).toMatchObject({ room: { id: 'C-1' }, user: { id: 'U-1' }, text: '/x @lee' })
    expect(invocation?.mentions).toEqual([{ id: 'U-2', name: 'lee', mention: 'lee' }])
  })

  it('says whom the line mentions', () => {
    const form = new URLSearchParams(slashForm('/x'))
    form.set('text', '<@U012|lee> <@U345> <@U012|lee>')
    expect(read('/commands', form.toString()).invocation?.mentions).toEqual([
      { id: 'U012', name: 'lee', mention: 'lee' },
      { id: 'U345', name: 'U345', mention: 'U345' },
    ])
  })

  it('tells calls apart where a trigger is missing, empty or the same, and knows one that comes again', () => {
    const idOf = (line: string, changed: Record<string, string>, at = 1_700_000_000) => {
      return read('/commands', slashForm(line, changed), at).invocation?.id
    }
    for (const changed of [{ trigger_id: '1.2.a' }, { trigger_id: '' }] as const) {
      expect(idOf('/roll 1', changed)).toBe(idOf('/roll 1', changed))
      expect(idOf('/roll 1', changed)).not.toBe(idOf('/roll 2', changed))
    }
    const urls = ['https://x/1', 'https://x/2'].map((response_url) => idOf('/roll', { trigger_id: '', response_url }))
    expect(urls[0]).not.toBe(urls[1])
    expect(idOf('/roll', { trigger_id: '' }, 1)).not.toBe(idOf('/roll', { trigger_id: '' }, 2))
    expect(idOf('/roll', { trigger_id: '1.2.a' }, 1)).toBe(idOf('/roll', { trigger_id: '1.2.a' }, 2))
  })

  it('asks nothing where a part is missing or of another shape', () => {
    for (const changed of [{ command: '' }, { command: 'ping' }, { channel_id: '' }, { user_id: '<@U1>' }]) {
      expect(read('/commands', slashForm('/ping', changed))).toEqual({ ack: { status: 200 } })
    }
  })
})

describe('decode of a pressed button', () => {
  it('types its line for whoever pressed it', () => {
    const { ack, invocation } = read(
      '/interactivity',
      pressForm('/deploy rollback api', { response_url: 'https://x/y' }),
    )
    expect(ack).toEqual({ status: 200 })
    expect(invocation).toMatchObject({
      text: '/deploy rollback api',
      room: { id: 'C0001', name: 'ops' },
      user: { id: 'U0002', name: 'lee', mention: 'lee' },
      replyTo: { channelId: 'C0001', userId: 'U0002', responseUrl: 'https://x/y' },
    })
  })

  it('answers in the thread that the button stands in', () => {
    const { invocation } = read('/interactivity', pressForm('/ping', { message: { thread_ts: '1.2' } }))
    expect(invocation?.replyTo).toMatchObject({ threadTs: '1.2' })
  })

  it('takes two presses for two', () => {
    const ids = ['1.a', '1.b', '1.b'].map(
      (trigger_id) => read('/interactivity', pressForm('/ping', { trigger_id })).invocation?.id,
    )
    expect(new Set(ids).size).toBe(2)
  })

  it('leaves alone links, other controls, and payloads of other shapes', () => {
    for (const changed of [
      { actions: [{ type: 'button', action_id: 'x', url: 'https://example.com' }] },
      { actions: [] },
      { actions: 'x' },
      { actions: [null, 7] },
      { user: null },
      { channel: null, container: null },
      { type: 'shortcut' },
    ]) {
      expect(read('/interactivity', pressForm('/ping', changed))).toEqual({ ack: { status: 200 } })
    }
  })
})

describe('where somebody is from', () => {
  const own = { id: 'U0001', tenant: 'T0001' }
  const foreign = { tenant: 'T0009', external: true }
  const mention = (event: object, changed = {}) =>
    read('/events', eventBody({ type: 'app_mention', text: '<@UBOT> ping', ...event }, changed)).invocation?.user
  const press = (changed: object) => read('/interactivity', pressForm('/ping', { ...changed })).invocation?.user
  const presser = (team_id: string | undefined) => ({ user: { id: 'U0002', username: 'lee', team_id } })

  it('is the installation’s workspace, for those of whom Slack says so', () => {
    expect(mention({ user_team: 'T0001', source_team: 'T0001' })).toEqual({ ...own, name: 'U0001', mention: 'U0001' })
    expect(mention({ team: 'T0001' })).toMatchObject(own)
    expect(mention({ user_team: 'T0001', team: 'T0009' })).not.toHaveProperty('external')
    expect(press({})).toEqual({ id: 'U0002', name: 'lee', mention: 'lee', tenant: 'T0001' })
    expect(read('/commands', slashForm('/ping')).invocation?.user).toMatchObject(own)
  })

  it('is outside, where Slack names another workspace in a message or with a button', () => {
    for (const event of [{ user_team: 'T0009' }, { source_team: 'T0009' }, { team: 'T0009' }]) {
      expect(mention(event)).toMatchObject(foreign)
      expect(read('/events', eventBody({ type: 'message', text: '!ping', ...event })).invocation?.user).toMatchObject(
        foreign,
      )
    }
    expect(mention({ user_team: 'T0001', source_team: 'T0009' })).toMatchObject(foreign)
    expect(mention({ user_team: 'T0009' }, { team_id: 'T0009', is_ext_shared_channel: true })).toMatchObject(foreign)
    expect(press(presser('T0009'))).toMatchObject(foreign)
    expect(press({ ...presser('T0009'), is_enterprise_install: true, enterprise: { id: 'T0001' } })).toMatchObject(
      foreign,
    )
  })

  it('is outside too, where a channel is shared and Slack does not say', () => {
    expect(mention({}, { is_ext_shared_channel: true })).toMatchObject({ id: 'U0001', external: true })
    expect(mention({})).toEqual({ id: 'U0001', name: 'U0001', mention: 'U0001' })
    expect(press(presser(undefined))).not.toHaveProperty('external')
  })

  it('is not outside in another workspace of the same organisation, where the request says that it is one', () => {
    const authorizations = [{ team_id: 'T0001', enterprise_id: 'E0001', is_enterprise_install: false }]
    const org = { authorizations, team_id: 'T0005', enterprise_id: 'E0001' }
    expect(mention({ user_team: 'T0005' }, org)).toMatchObject({ tenant: 'T0005' })
    expect(mention({ user_team: 'T0005' }, org)).not.toHaveProperty('external')
    expect(mention({ user_team: 'E0001' }, org)).not.toHaveProperty('external')
    expect(mention({ user_team: 'T0009' }, org)).toMatchObject(foreign)
    expect(mention({ user_team: 'T0009' }, { ...org, team_id: 'T0009', enterprise_id: 'E0009' })).toMatchObject(foreign)
    const team = { id: 'T0001', enterprise_id: 'E0001' }
    expect(press({ ...presser('E0001'), team })).not.toHaveProperty('external')
    expect(press({ ...presser('E0001'), enterprise: { id: 'E0001' } })).not.toHaveProperty('external')
    expect(press({ ...presser('T0009'), team, enterprise: { id: 'E0001' } })).toMatchObject(foreign)
  })
})

describe('decode of a message', () => {
  const say = (event: Record<string, unknown>) => read('/events', eventBody({ type: 'message', ...event }))

  it('reads !deploy in a thread as /deploy, and answers there', () => {
    const { ack, invocation } = say({
      text: '!deploy status &amp; more',
      ts: '1700000001.000200',
      thread_ts: '1700000000.1',
    })
    expect(ack).toEqual({ status: 200 })
    expect(invocation).toMatchObject({
      text: '/deploy status & more',
      user: { id: 'U0001' },
      at: 1_700_000_001_000,
      replyTo: { channelId: 'C0001', userId: 'U0001', threadTs: '1700000000.1' },
    })
  })

  it('reads what is said to the bot by name, with a sign in front or without', () => {
    const mention = (text: string) => say({ type: 'app_mention', text }).invocation?.text
    expect(mention('<@UBOT> deploy status')).toBe('/deploy status')
    expect(mention('<@UBOT>: !deploy status')).toBe('/deploy status')
    expect(mention('  <@UBOT|bot> /deploy <@U2|lee>')).toBe('/deploy @lee')
    expect(mention('<@UBOT> take <https://ci.example/?name=web&amp;branch=main>')).toBe(
      '/take https://ci.example/?name=web&branch=main',
    )
    expect(mention('<@UBOT>')).toBeUndefined()
    expect(mention('thanks <@UBOT>')).toBeUndefined()
  })

  it('reads what comes with a file', () => {
    const shared = { subtype: 'file_share', files: [{ id: 'F1' }] }
    expect(say({ ...shared, text: '!take report' }).invocation?.text).toBe('/take report')
    expect(say({ ...shared, type: 'app_mention', text: '<@UBOT> take report' }).invocation?.text).toBe('/take report')
  })

  it('gives a message one id, whichever events tell of it and however often', () => {
    const ids = [
      say({ text: '!ping', ts: '1.1' }),
      read('/events', eventBody({ type: 'app_mention', text: '<@UBOT> !ping', ts: '1.1' }, { event_id: 'Ev2' })),
    ].map(({ invocation }) => invocation?.id)
    expect(ids[0]).toBe(ids[1])
    expect(say({ text: '!ping', ts: '1.2' }).invocation?.id).not.toBe(ids[0])
  })

  it('leaves alone bots, itself, edits, and all other talk', () => {
    for (const event of [
      { text: 'hello' },
      { text: '/ping' },
      { text: '!' },
      { text: '! ping' },
      { text: '!!' },
      { text: '!ping', bot_id: 'B1' },
      { text: '!ping', user: 'UBOT' },
      { text: '!ping', subtype: 'message_changed' },
      { text: '!ping', subtype: 'bot_message' },
      { text: '!ping', user: undefined },
      { text: '!ping', channel: 7 },
      { text: 7 },
      { type: 'reaction_added' },
    ]) {
      expect(say(event)).toEqual({ ack: { status: 200 } })
    }
    expect(read('/events', '{}')).toEqual({ ack: { status: 200 } })
    expect(read('/events', eventBody({ type: 'message', text: '!ping' }, { type: 'other' }))).toEqual({
      ack: { status: 200 },
    })
  })
})
