import { generateKeyPairSync } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { card } from '../../../src/model/reply.js'
import { type Mattermost, newId, type Post, startMattermost } from '../../fixtures/mattermost.js'
import { type MattermostBot, startMattermostBot, toCommand, toPress } from './bot.js'

describe('Mattermost, asked whether a command is genuine', () => {
  let server: Mattermost
  let bot: MattermostBot
  let token: string

  beforeEach(async () => {
    server = await startMattermost()
    bot = startMattermostBot(server)
    await bot.platform.register?.({ apply: true })
    token = [...server.commands.values()][0]?.token ?? ''
  })
  afterEach(async () => {
    await bot.close()
    await server.close()
  })

  const refused = { code: 'unverified' }

  it('takes the token of a command that it registered, and knows the team by it', async () => {
    const { installation } = await installed()
    expect(installation.tenant).toEqual({ id: server.team.id, name: 'Operations' })
  })

  it('refuses a token that is wrong, short, long, empty or missing', async () => {
    for (const wrong of [newId(), token.slice(1), `${token}a`, '', undefined]) {
      const form = server.typed('/ping', token, { fields: { token: wrong } })
      await expect(bot.platform.verify(toCommand(form)), String(wrong)).rejects.toMatchObject(refused)
    }
  })

  it('refuses one team’s token in the name of another', async () => {
    const other = { id: newId(), name: 'dev', display_name: 'Dev' }
    server.teams.push(other)
    await bot.platform.register?.({ apply: true })
    const form = server.typed('/ping', token, { fields: { team_id: other.id } })
    await expect(bot.platform.verify(toCommand(form))).rejects.toMatchObject(refused)
  })

  it('takes a command that comes by GET, and a token that stands in the header alone', async () => {
    const form = server.typed('/ping', token)
    const bare = server.typed('/ping', token, { fields: { token: undefined } })
    const got = { method: 'GET', headers: {} }
    const headers = { 'content-type': 'application/x-www-form-urlencoded', authorization: `Token ${token}` }
    for (const request of [toCommand('', { ...got, query: new URLSearchParams(form) }), toCommand(bare, { headers })]) {
      const verified = await bot.platform.verify(request)
      expect(verified.installation.tenant.id).toBe(server.team.id)
      expect(bot.platform.decode(verified).invocation?.text).toBe('/ping')
    }
    const another = { ...headers, authorization: `Token ${newId()}` }
    for (const request of [
      toCommand('', { ...got, query: new URLSearchParams(bare) }),
      toCommand(bare, { headers: another }),
      toCommand(bare, { headers: { ...headers, authorization: `Bearer ${token}` } }),
      toCommand(server.typed('/ping', newId()), { headers }),
      toCommand(form, got),
    ]) {
      await expect(bot.platform.verify(request)).rejects.toMatchObject(refused)
    }
  })

  it('takes no token from beside what is said, nor from a body that is no form', async () => {
    const bare = server.typed('/ping', token, { fields: { token: undefined } })
    const query = new URLSearchParams(server.typed('/ping', token))
    const json = JSON.stringify(Object.fromEntries(query))
    for (const request of [
      toCommand('', { query }),
      toCommand(bare, { query }),
      toCommand(json, { headers: { 'content-type': 'application/json' } }),
      toCommand(server.typed('/ping', token), { headers: {} }),
    ]) {
      await expect(bot.platform.verify(request)).rejects.toMatchObject(refused)
    }
  })

  it('refuses a genuine token with a trigger that the server did not sign', async () => {
    const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    for (const changed of [
      { key },
      { fields: { trigger_id: '' } },
      { fields: { trigger_id: undefined } },
      { fields: { trigger_id: 'nonsense' } },
      { fields: { trigger_id: Buffer.from(`${newId()}:${server.userId}:${Date.now()}:`).toString('base64') } },
    ]) {
      await expect(bot.platform.verify(toCommand(server.typed('/ping', token, changed)))).rejects.toMatchObject(refused)
    }
  })

  it('refuses a trigger of one user under the name of another', async () => {
    const trigger_id = server.trigger({ user: newId() })
    const form = server.typed('/ping', token, { fields: { trigger_id } })
    await expect(bot.platform.verify(toCommand(form))).rejects.toMatchObject(refused)
  })

  it('lets clocks differ by some minutes, either way, and no more', async () => {
    const minutes = (count: number) => toCommand(server.typed('/ping', token, { at: Date.now() + count * 60_000 }))
    for (const near of [-4, 4]) await expect(bot.platform.verify(minutes(near))).resolves.toBeTruthy()
    for (const far of [-6, 6]) await expect(bot.platform.verify(minutes(far))).rejects.toMatchObject(refused)
  })

  it('gives what is replayed with another spelling of its signature the same id', async () => {
    const form = new URLSearchParams(server.typed('/ping', token))
    const read = async () => {
      const request = toCommand(form.toString())
      return bot.platform.decode(await bot.platform.verify(request))
    }
    const first = await read()
    const [id, user, at, signature = ''] = Buffer.from(form.get('trigger_id') ?? '', 'base64')
      .toString()
      .split(':')
    form.set('trigger_id', Buffer.from(`${id}:${user}:${at}:${signature.replace(/=+$/, '')}`).toString('base64'))
    form.set('text', 'changed')
    const again = await read()
    expect(again.invocation?.id).toBe(first.invocation?.id)
  })

  it('asks for the server’s key once, and seldom again however many are forged', async () => {
    await bot.platform.verify(toCommand(server.typed('/ping', token)))
    const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const forged = Array.from({ length: 20 }, () => toCommand(server.typed('/ping', token, { key })))
    await Promise.allSettled(forged.map((request) => bot.platform.verify(request)))
    expect(server.calls(/config\/client/)).toHaveLength(1)
  })

  it('believes the server’s new key a minute later, and the old one no longer', async () => {
    await bot.platform.verify(toCommand(server.typed('/ping', token)))
    const old = toCommand(server.typed('/ping', token))
    server.changeKey()
    const fresh = toCommand(server.typed('/ping', token))
    await expect(bot.platform.verify(fresh)).rejects.toMatchObject(refused)
    const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 61_000)
    await expect(bot.platform.verify(fresh)).resolves.toBeTruthy()
    await expect(bot.platform.verify(old)).rejects.toMatchObject(refused)
    now.mockRestore()
  })

  it('takes the token alone where the server publishes no key, and says so in the log', async () => {
    server.hideKey()
    await bot.platform.verify(toCommand(server.typed('/ping', token, { fields: { trigger_id: '' } })))
    expect(bot.lines.join()).toContain('publishes no signing key')
  })

  it('takes the token alone where the server knows no such address, or answers nonsense', async () => {
    for (const status of [404, 501, 200]) {
      server.instead(/config\/client/, { status })
      const fresh = startMattermostBot(server, { MATTERMOST_COMMAND_TOKENS: token })
      const request = toCommand(server.typed('/ping', token, { fields: { trigger_id: 'x' } }))
      await expect(fresh.platform.verify(request), String(status)).resolves.toBeTruthy()
      await fresh.close()
    }
  })

  it('holds the server to the key that it knows, while it cannot be asked for another', async () => {
    await bot.platform.verify(toCommand(server.typed('/ping', token)))
    server.instead(/config\/client/, { status: 502 }, 9)
    const restarted = startMattermostBot(server, { MATTERMOST_COMMAND_TOKENS: token }, bot.store)
    const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    await expect(restarted.platform.verify(toCommand(server.typed('/ping', token)))).resolves.toBeTruthy()
    await expect(restarted.platform.verify(toCommand(server.typed('/ping', token, { key })))).rejects.toMatchObject(
      refused,
    )
  })

  it('refuses the token of a command whose team the bot has left', async () => {
    server.teams.splice(0)
    await bot.platform.register?.({ apply: true })
    await expect(bot.platform.verify(toCommand(server.typed('/ping', token)))).rejects.toMatchObject(refused)
  })

  it('takes the tokens of commands that an admin made by hand', async () => {
    const byHand = server.addCommand('pong', 'https://bot.example.com/mattermost/command')
    const env = { MATTERMOST_BOT_TOKEN: '', MATTERMOST_COMMAND_TOKENS: `${newId()}, ${byHand.token}` }
    const handmade = startMattermostBot(server, env)
    const { installation } = await handmade.platform.verify(toCommand(server.typed('/pong', byHand.token)))
    expect(installation).toMatchObject({ id: server.team.id, tenant: { id: server.team.id, name: 'ops' }, secrets: {} })
    await expect(handmade.platform.verify(toCommand(server.typed('/pong', token)))).rejects.toMatchObject(refused)
    await handmade.close()
  })

  it('keeps the tokens sealed', async () => {
    for await (const [, value] of bot.store.list('')) expect(JSON.stringify(value)).not.toContain(token)
    expect(bot.lines.join()).not.toContain(token)
  })

  describe('asked whether a pressed button is genuine', () => {
    let post: Post

    beforeEach(async () => {
      const { invocation } = bot.platform.decode(await installed())
      const buttons = [{ label: 'Go', command: '/deploy start web' }]
      if (invocation) await bot.platform.deliver(card({ title: 'Ready', buttons }), invocation)
      post = server.posts.at(-1) ?? fail()
    })

    it('takes one of ours, and types its line for whoever pressed it', async () => {
      const user = newId()
      const request = toPress(server.pressed(post, 'Go', { user }))
      const { ack, invocation } = bot.platform.decode(await bot.platform.verify(request))
      expect(ack).toEqual({ status: 200, body: {} })
      expect(invocation).toMatchObject({
        text: '/deploy start web',
        user: { id: user, name: 'sam', mention: 'sam' },
        room: { id: server.channelId },
        tenant: { id: server.team.id },
      })
    })

    it('refuses one whose context was made up, changed, or comes from another channel', async () => {
      const context = contextOf(post)
      const press = (body: Record<string, unknown>) => toPress(server.pressed(post, 'Go', { body }))
      for (const request of [
        press({ context: { ...context, line: '/deploy start all' } }),
        press({ context: { ...context, until: Number(context['until']) + 1 } }),
        press({ context: { ...context, teamId: newId() } }),
        press({ context: { ...context, rootId: newId() } }),
        press({ context: { ...context, mac: 'a'.repeat(64) } }),
        press({ context: { ...context, mac: undefined } }),
        press({ context: { ...context, mac: [context['mac']] } }),
        press({ context: undefined }),
        press({ context: '/deploy start all' }),
        press({ channel_id: newId() }),
      ]) {
        await expect(bot.platform.verify(request)).rejects.toMatchObject(refused)
      }
      await expect(bot.platform.verify(toPress('[]'))).rejects.toMatchObject({ code: 'request', status: 400 })
      await expect(bot.platform.verify(toPress('{'))).rejects.toMatchObject({ code: 'request', status: 400 })
    })

    it('refuses one that somebody else is said to have pressed', async () => {
      const body = { user_id: newId() }
      const request = toPress(server.pressed(post, 'Go', { body }))
      await expect(bot.platform.verify(request)).rejects.toMatchObject(refused)
    })

    it('refuses one that is older than a day', async () => {
      const at = Date.now() + 25 * 60 * 60_000
      const request = toPress(server.pressed(post, 'Go', { at }), { receivedAt: at })
      await expect(bot.platform.verify(request)).rejects.toMatchObject({ ...refused, message: 'expired' })
    })

    it('refuses one of another bot’s', async () => {
      const other = startMattermostBot(server, { MATTERMOST_BOT_TOKEN: newId() })
      const request = toPress(server.pressed(post, 'Go'))
      await expect(other.platform.verify(request)).rejects.toMatchObject(refused)
      await other.close()
    })

    it('refuses a button at the door for commands, and a command at the door for buttons', async () => {
      const pressed = server.pressed(post, 'Go')
      await expect(bot.platform.verify(toPress(pressed, { path: '/command' }))).rejects.toMatchObject(refused)
      const typed = toCommand(server.typed('/ping', token), { path: '/action' })
      await expect(bot.platform.verify(typed)).rejects.toMatchObject({ code: 'request' })
    })
  })

  const installed = () => bot.platform.verify(toCommand(server.typed('/ping', token)))
})

function contextOf({ attachments }: Post): Record<string, unknown> {
  const [action] = (attachments[0]?.['actions'] ?? []) as { integration: { context: Record<string, unknown> } }[]
  return action?.integration.context ?? {}
}

function fail(): never {
  throw new Error('nothing was posted')
}
