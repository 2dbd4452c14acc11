import { afterEach, describe, expect, it } from 'vitest'
import { card, command, say, whisper } from '../../../../src/authoring.js'
import { createSimulator } from '../../../../src/simulator/hipchat.js'
import { type ByoBotSettings, post, roomMessage, startByoBot, startRoomServer } from './bot.js'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const commands = {
  roll: command({
    summary: 'Throws dice',
    allow: 'anyone',
    run: ({ invocation }) => say(`4 for ${invocation.user.name}`),
  }),
  where: command({
    summary: 'Says what the bot believes',
    allow: 'anyone',
    run: ({ invocation: { user, room, tenant } }) => JSON.stringify({ user, room, tenant }),
  }),
  status: command({ summary: 'Shows what runs', run: () => say('green', { tone: 'good', notify: true }) }),
  steps: command({
    summary: 'Says several things',
    allow: 'anyone',
    async *run() {
      yield say('10 %', { updateKey: 'progress' })
      yield say('a < b')
      yield say('<b>done</b>', { format: 'html', tone: 'good' })
      yield say('100 %', { updateKey: 'progress' })
    },
  }),
  tile: command({ summary: 'Shows a card', allow: 'anyone', run: () => card({ title: 'Build 7' }, { tone: 'bad' }) }),
  whisper: command({ summary: 'Whispers', allow: 'anyone', run: () => whisper('for you') }),
  long: command({ summary: 'Says much', allow: 'anyone', run: () => 'word '.repeat(4_000) }),
  quiet: command({ summary: 'Says nothing', allow: 'anyone', run: () => undefined }),
}

async function start(settings: Partial<ByoBotSettings> = {}) {
  const bot = await startByoBot({ commands, ...settings })
  closing.push(bot.close)
  return bot
}

describe('a command that comes to an address of its own', () => {
  it('is answered as HipChat takes it, in the response', async () => {
    const { address } = await (await start()).address()
    const { status, body } = await post(address, roomMessage('/roll'))
    expect(status).toBe(200)
    expect(body).toEqual({
      message: '4 for Blinky the Three Eyed Fish',
      message_format: 'text',
      color: 'gray',
      notify: false,
    })
  })

  it('is from the room of the token and from nobody who is known, whatever it claims', async () => {
    const { address } = await (await start()).address()
    const { body } = await post(address, roomMessage('/where', '1', { oauth_client_id: 'somebody' }))
    expect(JSON.parse(body.message)).toEqual({
      user: { id: 'anonymous', name: 'Blinky the Three Eyed Fish' },
      room: { id: 'ops', name: 'ops' },
      tenant: { id: 'byo:dice', name: 'dice' },
    })
  })

  it('has a card where that is all that it says', async () => {
    const { address } = await (await start()).address()
    const { body } = await post(address, roomMessage('/tile'))
    expect(body).toMatchObject({ message: 'Build 7', color: 'red', card: { style: 'application', title: 'Build 7' } })
  })

  it('has one answer for all that it says, of progress only the last', async () => {
    const { address } = await (await start()).address()
    const { body } = await post(address, roomMessage('/steps'))
    expect(body).toMatchObject({
      message: 'a &lt; b<br><b>done</b><br>100 %',
      message_format: 'html',
      color: 'green',
    })
  })

  it('is answered with nothing where it says nothing, and at once', async () => {
    const { address } = await (await start()).address()
    for (const text of ['/quiet', '/nothing-of-ours-at-all', 'no command']) {
      expect(await post(address, roomMessage(text, text)), text).toEqual({ status: 204, body: undefined })
    }
    const notification = JSON.stringify({ item: { message: { id: 'n', from: 'A bot', message: '/roll' } } })
    expect(await post(address, notification)).toEqual({ status: 204, body: undefined })
    expect(await post(address, roomMessage('/roll', '5', { event: 'room_enter' }))).toEqual({
      status: 204,
      body: undefined,
    })
  })

  it('may be whispered to, which the whole room sees', async () => {
    const { address } = await (await start()).address()
    expect((await post(address, roomMessage('/whisper'))).body).toMatchObject({ message: 'for you' })
  })

  it('is cut where it is too long and there is nowhere else to go', async () => {
    const { address } = await (await start()).address()
    const { body } = await post(address, roomMessage('/long'))
    expect(body.message).toMatch(/word *\n\(The rest has no room here\.\)$/)
    expect(body.message.length).toBeLessThanOrEqual(10_000)
  })

  it('runs once, however often it comes', async () => {
    let runs = 0
    const count = command({ summary: 'Counts', allow: 'anyone', run: () => String(++runs) })
    const bot = await start({ commands: { count } })
    const { address } = await bot.address()
    const other = await bot.address({ name: 'other' })
    expect((await post(address, roomMessage('/count'))).body).toMatchObject({ message: '1' })
    expect(await post(address, roomMessage('/count'))).toEqual({ status: 204, body: undefined })
    expect((await post(address, roomMessage('/count', '2'))).body).toMatchObject({ message: '2' })
    expect((await post(other.address, roomMessage('/count'))).body).toMatchObject({ message: '3' })
    expect(runs).toBe(3)
  })

  it('runs only what is for anyone, without a policy, and says so', async () => {
    const bot = await start()
    const { address } = await bot.address()
    const { body } = await post(address, roomMessage('/status'))
    expect(body).toMatchObject({ message: expect.stringContaining('Your identity is not verified') })
    expect(await bot.audit()).toMatchObject([{ user: 'anonymous', outcome: 'forbidden' }])
  })

  it('runs what the policy lets anonymous run', async () => {
    const policy = 'default: deny\nrules:\n  - allow: status\n    users: anonymous\n    rooms: "#ops"\n'
    const bot = await start({ policy })
    const { address } = await bot.address()
    expect((await post(address, roomMessage('/status', '1'))).body).toMatchObject({ color: 'green', notify: true })
    expect((await post(address, roomMessage('/roll', '2'))).body).toMatchObject({
      message: expect.stringContaining('Your identity is not verified'),
    })
    const elsewhere = await bot.address({ name: 'web', rooms: ['web'] })
    expect((await post(elsewhere.address, roomMessage('/status', '3'))).body).not.toMatchObject({ color: 'green' })
  })

  it('is posted by the simulated server, which shows the answer', async () => {
    const { address } = await (await start()).address()
    const simulator = createSimulator()
    closing.push(() => simulator.close())
    await simulator.listen()
    const { token } = simulator.issueToken({ user: 'alice' })
    const made = await fetch(`${simulator.url}/v2/room/Lounge/webhook`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ url: address, event: 'room_message', pattern: '^/roll', name: 'dice' }),
    })
    expect(made.status).toBe(201)
    await simulator.say('Lounge', 'bob', '/roll')
    expect(simulator.history('Lounge').at(-1)).toMatchObject({
      kind: 'notification',
      text: expect.stringMatching(/^4 for /),
    })
  })
})

describe('a request to such an address', () => {
  it('is refused without a reason, and counted, where the token is none, was revoked, expired, or is for posts', async () => {
    const bot = await start()
    const { address, token } = await bot.address()
    const expired = await bot.address({ name: 'old', expires: 1 })
    const posts = await bot.address({ name: 'ci', kind: 'post' })
    await bot.tokens.revoke('dice')
    await new Promise((resolve) => setTimeout(resolve, 5))
    const wrong = [address, expired.address, posts.address, `${bot.url}/byo/${'x'.repeat(40)}`, `${bot.url}/byo/a%20b`]
    for (const one of wrong)
      expect(await post(one, roomMessage('/roll')), one).toEqual({
        status: 401,
        body: { type: 'about:blank', title: 'Unauthorized', status: 401 },
      })
    expect(await bot.audit()).toEqual([])
    expect(await bot.metrics()).toContain('slashroom_unverified_total{platform="byo",reason="unknown token"} 4')
    expect(bot.lines.join()).toContain('/byo/*')
    expect(bot.lines.join()).not.toContain(token)
  })

  it('is told what is wrong with its body', async () => {
    const bot = await start()
    const { address, token } = await bot.address()
    const bodies = [
      '', 'null', '[]', '{', '{"__proto__": 1}', '{}', '{"item": []}', '{"item": {"message": "/roll"}}',
      '{"item": {"message": {"message": {"message": "/roll"}, "from": {"id": 1}}}}',
      `{"event": "room_message", "item": ${'['.repeat(20_000)}`,
    ] // biome-ignore format: a list
    for (const body of bodies) {
      const answer = await post(address, body)
      expect(answer, body.slice(0, 80)).toMatchObject({
        status: 400,
        body: { detail: expect.stringMatching(/must be/) },
      })
    }
    expect((await post(address, `"${'x'.repeat(1_048_576)}"`)).status).toBe(413)
    expect((await fetch(address)).status).toBe(405)
    expect(await bot.audit()).toEqual([])
    expect(bot.lines.join()).not.toContain(token)
  })

  it('takes names of any length and none, and cuts them', async () => {
    const { address } = await (await start()).address()
    const message = (from: object, id: string) =>
      JSON.stringify({ event: 'room_message', item: { message: { id, from, message: '/roll' } } })
    const long = await post(address, message({ name: 'x'.repeat(100_000) }, '1'))
    expect(long.body.message.length).toBeLessThan(200)
    expect((await post(address, message({}, '2'))).body).toMatchObject({ message: '4 for somebody' })
    expect((await post(address, message({ name: '@all' }, '3'))).body.message).not.toContain('@all')
  })

  it('is refused where the token is used too often, or is for several rooms', async () => {
    const bot = await start()
    const { address } = await bot.address({ rate: { count: 1, windowMs: 60_000 } })
    expect((await post(address, roomMessage('/roll', '1'))).status).toBe(200)
    expect((await post(address, roomMessage('/roll', '2'))).status).toBe(429)
    for (const [name, rooms] of [
      ['two', ['a', 'b']],
      ['all', 'all'],
    ] as const) {
      const { address } = await bot.address({ name, rooms })
      expect((await post(address, roomMessage('/roll', '3'))).status).toBe(403)
    }
  })

  it('is served below the base path too, with a slash at its end', async () => {
    const bot = await start()
    const { token } = await bot.address()
    expect((await post(`${bot.url}/bot/byo/${token}/`, roomMessage('/roll'))).status).toBe(200)
  })
})

describe('a command that takes longer than the server waits', () => {
  const slow = () => {
    let go = () => {}
    const held = new Promise<void>((resolve) => {
      go = resolve
    })
    const run = async function* ({ signal }: { readonly signal: AbortSignal }) {
      yield say('begun')
      await held
      yield say(signal.aborted ? 'stopped' : 'done', { tone: 'good' })
    }
    const mute = command({ summary: 'Waits in silence', allow: 'anyone', run: () => held.then(() => 'done') })
    return { go: () => go(), commands: { slow: command({ summary: 'Waits', allow: 'anyone', run }), mute } }
  }

  it('is answered with so much, and its result goes to the reply address', async () => {
    const { go, commands } = slow()
    const room = await startRoomServer([503])
    closing.push(room.close)
    const bot = await start({ commands, withinMs: 100 })
    const { address, token } = await bot.address({ replyTo: room.replyTo })
    const { body } = await post(address, roomMessage('/slow'))
    expect(body).toMatchObject({ message: 'It takes longer; its result follows.', message_format: 'text' })
    go()
    await expect.poll(() => room.got.map(({ body }) => body['message']), { timeout: 20_000 }).toEqual(['begun', 'done'])
    expect(room.got[0]?.path).toBe('/v2/room/42/notification?auth_token=roomsownsecret')
    expect(room.got[1]?.body).toMatchObject({ message_format: 'text', color: 'green', notify: false })
    await expect.poll(async () => (await bot.audit())[0]?.outcome).toBe('done')
    expect(bot.lines.join()).not.toContain('roomsownsecret')
    expect(JSON.stringify(await bot.audit())).not.toMatch(new RegExp(`roomsownsecret|${token}`))
  })

  it('is told that its result cannot be shown where there is no reply address, and runs to its end', async () => {
    const { go, commands } = slow()
    const bot = await start({ commands, withinMs: 100 })
    const { address } = await bot.address()
    const { body } = await post(address, roomMessage('/slow'))
    expect(body).toMatchObject({ message: 'It takes longer; its result cannot be shown here.' })
    go()
    await expect.poll(async () => (await bot.audit())[0]?.outcome).toBe('done')
    expect(bot.lines.filter((line) => line.startsWith('result not shown'))).toHaveLength(2)
  })

  it('has its answer sent on where that is too long for the response', async () => {
    const room = await startRoomServer()
    closing.push(room.close)
    const { address } = await (await start()).address({ replyTo: room.replyTo })
    expect((await post(address, roomMessage('/long'))).body).toMatchObject({
      message: expect.stringContaining('follows'),
    })
    await expect.poll(() => room.got.map(({ body }) => String(body['message']).length > 100)).toEqual([true, true])
  })

  it('is not sent on once the token is revoked, or the room has refused it for good', async () => {
    const { go, commands } = slow()
    const room = await startRoomServer([401])
    closing.push(room.close)
    const bot = await start({ commands, withinMs: 100 })
    const refused = await bot.address({ replyTo: room.replyTo })
    const revoked = await bot.address({ name: 'gone', replyTo: room.replyTo })
    await post(refused.address, roomMessage('/slow'))
    await expect.poll(async () => (await bot.audit())[0]?.outcome).toBe('undeliverable')
    await post(revoked.address, roomMessage('/mute'))
    await bot.tokens.revoke('gone')
    go()
    const outcomes = async () => (await bot.audit()).map(({ outcome }) => outcome).sort()
    await expect.poll(outcomes).toEqual(['undeliverable', 'uninstalled'])
    expect(room.got).toEqual([])
  })
})
