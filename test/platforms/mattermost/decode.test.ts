import { describe, expect, it } from 'vitest'
import type { Installation } from '../../../src/model/installation.js'
import { createDecode } from '../../../src/platforms/mattermost/decode.js'
import { readCommand, readPress, type TriggerId } from '../../../src/platforms/mattermost/wire.js'
import { idOf } from '../../fixtures/mattermost.js'
import { toCommand } from './bot.js'

const [team, channel, user, root, hook] = ['team', 'channel', 'user', 'root', 'hook'].map(idOf) as [string, ...string[]]
const installation: Installation = { id: team, platform: 'mattermost', tenant: { id: team }, details: {}, secrets: {} }

const decode = createDecode({ url: 'https://chat.example.com/sub' })

const fields = {
  team_id: team,
  channel_id: channel ?? '',
  channel_name: 'town-square',
  user_id: user ?? '',
  user_name: 'kim',
  command: '/deploy',
  text: 'status  --env “prod”',
  trigger_id: 'x',
  root_id: '',
  response_url: `https://chat.example.com/sub/hooks/commands/${hook}`,
}
const read = (form: URLSearchParams, trigger?: TriggerId) => {
  const command = readCommand(toCommand(form.toString())) ?? expect.fail()
  return decode({ installation, payload: { door: 'command', command, trigger }, receivedAt: Date.now() })
}
const typed = (changed: Readonly<Record<string, string>> = {}, trigger?: TriggerId) =>
  read(new URLSearchParams({ ...fields, ...changed }), trigger)

describe('A typed command', () => {
  it('is the word and what follows, as they were typed', () => {
    expect(typed().invocation?.text).toBe('/deploy status  --env “prod”')
    expect(typed({ text: '' }).invocation?.text).toBe('/deploy')
  })

  it('reaches with /slashroom what the server keeps to itself', () => {
    for (const [text, line] of [
      ['help deploy', '/help deploy'],
      ['/status  x', '/status  x'],
      ['', '/help'],
    ] as const) {
      expect(typed({ command: '/slashroom', text }).invocation?.text).toBe(line)
    }
  })

  it('is answered at once with an empty object, so that nothing is posted', () => {
    expect(typed().ack).toEqual({ status: 200, body: {} })
  })

  it('says who typed it, and where', () => {
    expect(typed().invocation).toMatchObject({
      user: { id: user, name: 'kim', mention: 'kim', handle: 'kim' },
      room: { id: channel, name: 'town-square' },
      installation: team,
      tenant: { id: team },
    })
  })

  it('remembers the thread it was typed in', () => {
    expect(typed().invocation?.replyTo).toEqual({ teamId: team, channelId: channel, hookId: hook })
    expect(typed({ root_id: root ?? '' }).invocation?.replyTo).toMatchObject({ rootId: root })
    expect(typed({ root_id: '../../x' }).invocation?.replyTo).not.toHaveProperty('rootId')
  })

  it('believes of the response_url nothing but its last part', () => {
    const of = (response_url: string) => typed({ response_url }).invocation?.replyTo
    expect(of(`https://evil.example.com/hooks/commands/${hook}`)).toEqual(of(fields.response_url))
    for (const odd of ['https://evil.example.com/', `https://x/hooks/commands/${hook}/../../api`, 'javascript:1', '']) {
      expect(of(odd)).toEqual({ teamId: team, channelId: channel })
    }
    expect(of('https://chat.example.com/answers/7?x=1')).toMatchObject({ hookPath: '/answers/7?x=1' })
  })

  it('names the people whom it mentions', () => {
    const form = new URLSearchParams(fields)
    for (const name of ['sam', 'alex.b']) {
      form.append('user_mentions', name)
      form.append('user_mentions_ids', idOf(name))
    }
    expect(read(form).invocation?.mentions).toEqual([
      { id: idOf('sam'), name: 'sam', mention: 'sam' },
      { id: idOf('alex.b'), name: 'alex.b', mention: 'alex.b' },
    ])
    form.append('user_mentions', 'nobody')
    expect(read(form).invocation?.mentions).toEqual([])
  })

  const at = 1_700_000_000_000
  const trigger = (word: string) => Buffer.from(`${idOf(word)}:${user}:${at}:c2ln`).toString('base64')

  it('has the time and the id of its trigger where the server signed that', () => {
    const signed = (word: string, text = '') => {
      const proven = { signed: `${idOf(word)}:${user}:${at}:`, userId: user ?? '', at, signature: Buffer.alloc(0) }
      return typed({ text, trigger_id: trigger(word) }, proven).invocation
    }
    expect(signed('t')?.at).toBe(at)
    expect(signed('t', 'other')?.id).toBe(signed('t')?.id)
    expect(signed('u')?.id).not.toBe(signed('t')?.id)
  })

  it('is another where its trigger is the same and proves nothing, and came when it came', () => {
    const read = (changed: Readonly<Record<string, string>>) => typed(changed).invocation
    for (const trigger_id of ['y', '', trigger('t')]) {
      expect(read({ trigger_id })?.id).toBe(read({ trigger_id })?.id)
      expect(read({ trigger_id })?.id).not.toBe(read({ trigger_id, text: 'other' })?.id)
    }
    expect(read({ trigger_id: 'y' })?.id).not.toBe(read({ trigger_id: 'z' })?.id)
    expect(read({ trigger_id: trigger('t') })?.at).toBeGreaterThan(at)
  })

  it('is none without a slash or a channel', () => {
    for (const changed of [{ command: 'deploy' }, { command: '' }, { channel_id: '' }, { channel_id: 'me/../x' }]) {
      expect(typed(changed)).toEqual({ ack: { status: 200, body: {} } })
    }
  })
})

describe('A pressed button', () => {
  it('types what its seal holds, in the thread that it stands in', () => {
    const button = { line: '/ping', teamId: team, channelId: channel ?? '', rootId: root ?? '', until: 1 }
    const context = { line: '/rm', mac: 'checked before' }
    const body = { user_id: user, user_name: 'sam', channel_id: channel, trigger_id: 'x', text: '/rm', context }
    const press = readPress(Buffer.from(JSON.stringify(body)))
    const payload = { door: 'action', press, button, trigger: undefined } as const
    const { invocation } = decode({ installation, payload, receivedAt: Date.now() })
    expect(invocation).toMatchObject({ text: '/ping', user: { id: user, name: 'sam' }, room: { id: channel } })
    expect(invocation?.replyTo).toEqual({ teamId: team, channelId: channel, rootId: root })
  })
})
