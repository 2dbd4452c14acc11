import { describe, expect, it } from 'vitest'
import { notify } from '../../../src/notify/direct/notify.js'
import { detectFormat } from '../../../src/notify/direct/wire-formats.js'
import { createSimulator } from '../../../src/simulator/hipchat.js'
import { type Received, receive } from './receiver.js'
import { botService, botToken, discordService, mattermostService, slackService, teamsService } from './services.js'

const build = {
  title: 'Build 12 failed',
  url: 'https://ci.example.com/12?a=1&b=2',
  tone: 'bad',
  fields: [{ label: 'branch', value: 'main' }],
} as const

/** What wakes people on one service or another. */
const calls = 'all quiet @all @here @channel @everyone <!channel> <@U123> <@&1> <at>Ada</at>'

describe('the form of an address', () => {
  it.each([
    ['https://hooks.slack.com/services/T0/B0/x', 'slack'],
    ['https://bot.example.com/services/abc', 'slack'],
    ['https://chat.example.com/hooks/abcdefghijklmnopqrstuvwxyz', 'mattermost'],
    ['https://example.com/chat/hooks/abcdefghijklmnopqrstuvwxyz', 'mattermost'],
    ['https://bot.example.com/hooks/github', 'slashroom'],
    ['https://discord.com/api/webhooks/12/ab-c_d', 'discord'],
    ['https://canary.discord.com/api/v10/webhooks/12/ab-c_d', 'discord'],
    ['https://discord.com/api/webhooks/12/ab-c_d/slack', 'slack'],
    ['https://x.logic.azure.com:443/workflows/ab/triggers/manual/paths/invoke?sig=x', 'teams'],
    [
      'https://x.api.powerplatform.com/powerautomate/automations/direct/workflows/ab/triggers/manual/paths/invoke',
      'teams',
    ],
    ['https://x.webhook.office.com/webhookb2/ab@cd/IncomingWebhook/ef/gh', 'teams'],
    ['https://hipchat.example.com/v2', 'hipchat'],
    ['https://api.hipchat.com', 'hipchat'],
    ['https://hipchat.example.com/v2/room/12/notification?auth_token=x', 'hipchat'],
    ['https://bot.example.com', 'slashroom'],
    ['https://bot.example.com/notify/ops', 'slashroom'],
    ['https://nothipchat.com/', 'slashroom'],
  ])('tells what %s takes: %s', (address, name) => {
    expect(detectFormat(new URL(address))).toBe(name)
  })
})

describe('a bot', () => {
  it('is sent the text to a room', async () => {
    const { to, received } = await botService()
    const arrival = await notify('Build 12 passed', { to, token: botToken, room: 'all hands' })
    expect(arrival).toEqual({ as: 'slashroom', posts: 1, ids: ['n1'] })
    expect(received).toMatchObject([{ method: 'POST', path: '/notify/all%20hands', body: { text: 'Build 12 passed' } }])
  })

  it('is sent all that a card has, and the key', async () => {
    const { to, received } = await botService()
    await notify('2 tests failed', { to: `${to}/`, token: botToken, key: 'build/12', ...build })
    expect(received).toMatchObject([{ path: '/notify', body: { text: '2 tests failed', key: 'build/12', ...build } }])
  })

  it('may have its room in its address', async () => {
    const { to, received } = await botService()
    await notify('hello', { to: `${to}/notify/%23ops`, token: botToken })
    expect(received[0]?.path).toBe('/notify/%23ops')
    await expect(notify('hello', { to: `${to}/notify/ops`, token: botToken, room: 'web' })).rejects.toThrow(
      /already contains a room/,
    )
  })

  it('gets a text of a megabyte in posts that it takes', async () => {
    const { to, received, posted } = await botService()
    const lines = Array.from({ length: 8_000 }, (_, at) => `line ${at} "\\${'é'.repeat(40)}`).join('\n')
    const { posts } = await notify(lines, { to, token: botToken, room: 'ops' })
    expect(posts).toBeGreaterThan(1)
    expect(received.every(({ bytes }) => bytes <= 1_048_576)).toBe(true)
    expect(
      posted()
        .map(({ text }) => text)
        .join('\n'),
    ).toBe(lines)
  })
})

describe('a HipChat server', () => {
  const server = async () => {
    const simulator = createSimulator()
    await simulator.listen()
    const { token } = simulator.issueToken({ room: 'Deployments' })
    return { simulator, token, last: () => simulator.history('Deployments').at(-1) }
  }

  it('shows the text, its tone and its sender', async () => {
    const { simulator, token, last } = await server()
    const address = { to: `${simulator.url}/v2`, token, room: 'Deployments' }
    await notify('1 < 2 & <b>not bold</b>', { ...address, tone: 'good', from: 'CI' })
    expect(last()).toMatchObject({ text: '1 < 2 & <b>not bold</b>', color: 'green' })
    expect(JSON.stringify(last())).toContain('CI')
    await simulator.close()
  })

  it('takes a card, and a token that stands in the address', async () => {
    const { simulator, token, last } = await server()
    const to = `${simulator.url}/v2/room/Deployments/notification?auth_token=${token}`
    await notify('2 tests failed', { to, ...build })
    expect(JSON.stringify(last())).toContain('Build 12 failed')
    expect(last()).toMatchObject({ color: 'red', text: expect.stringContaining('branch: main') })
    await simulator.close()
  })

  it('wakes nobody unless it is to sound', async () => {
    const { simulator, token, last } = await server()
    const address = { to: `${simulator.url}/v2`, token, room: 'Deployments' }
    await notify(calls, address)
    expect(JSON.stringify(last())).not.toMatch(/@(all|here)/)
    await notify(calls, { ...address, notify: true })
    expect(JSON.stringify(last())).toMatch(/@all/)
    await simulator.close()
  })

  it('gets long texts in parts of 10,000 characters', async () => {
    const { simulator, token } = await server()
    const text = 'word '.repeat(5_000)
    const address = { to: `${simulator.url}/v2`, token, room: 'Deployments' }
    expect(await notify(text, address)).toMatchObject({ posts: 3 })
    await expect(notify('x', { to: `${simulator.url}/v2`, token })).rejects.toThrow('the room is missing')
    await simulator.close()
  })
})

describe('Slack', () => {
  it('shows the text as it was typed, and wakes nobody', async () => {
    const { to, received } = await slackService()
    await notify(`*stars* ${calls} & more`, { to, room: '#ops', from: 'CI' })
    const { text, ...rest } = received[0]?.body ?? {}
    expect(rest).toEqual({ mrkdwn: false, channel: '#ops', username: 'CI' })
    expect(text).toContain('*stars* all quiet')
    expect(text).toContain('&lt;!channel&gt; &lt;@U123&gt;')
  })

  it('shows a card beside its colour', async () => {
    const { to, received } = await slackService()
    await notify(calls, { to, ...build })
    expect(received[0]?.body).toMatchObject({ attachments: [{ color: '#e01e5a', fallback: 'Build 12 failed' }] })
    const json = JSON.stringify(received[0]?.body)
    expect(json).toContain('<https://ci.example.com/12?a=1&amp;b=2|Build 12 failed>')
    expect(json).not.toContain('<!')
    expect(json).not.toContain('<@')
  })

  it('gets long texts in parts that it does not cut', async () => {
    const { to, received } = await slackService()
    const lines = Array.from({ length: 1_000 }, (_, at) => `line ${at} &`)
    await notify(lines.join('\n'), { to })
    expect(received.flatMap(({ body }) => String(body['text']).split('\n'))).toEqual(lines.map((line) => `${line}amp;`))
    expect(received.length).toBeGreaterThan(1)
  })
})

describe("what takes Slack's format", () => {
  it('may answer in words of its own, but not with a page for a browser', async () => {
    const own = await receive(() => ({ status: 200, body: { success: true } }))
    expect(await notify('hello', { to: own.url, as: 'slack' })).toMatchObject({ as: 'slack' })
    const page = await receive(() => ({ status: 200, body: '<!doctype html>' }))
    await expect(notify('hello', { to: page.url, as: 'slack' })).rejects.toThrow('Slack answered 200')
  })
})

describe('Mattermost', () => {
  it('shows the text as it was typed, and wakes nobody', async () => {
    const { to, received } = await mattermostService()
    await notify(`*stars* ${calls}`, { to, room: '#town-square', from: 'CI' })
    const { text, ...rest } = received[0]?.body ?? {}
    expect(rest).toEqual({ channel: 'town-square', username: 'CI' })
    expect(text).toContain('\\*stars\\*')
    expect(text).not.toMatch(/@(all|here|channel)|<!/)
  })

  it('shows a card, and splits long texts', async () => {
    const { to, received } = await mattermostService()
    await notify('*'.repeat(40_000), { to, ...build })
    const attachment = { color: '#d24b4e', title: 'Build 12 failed', title_link: build.url }
    expect(received[0]?.body).toMatchObject({ attachments: [attachment] })
    expect(received).toHaveLength(3)
  })

  it('has not taken what its web page answers', async () => {
    const { url } = await mattermostService()
    const to = `${url}/hooks/abcdefghijklmnopqrstuvwxyz`
    await expect(notify('hello', { to })).rejects.toThrow('Mattermost answered 200')
  })
})

describe('Discord', () => {
  it('shows the text as it was typed, wakes nobody, and tells the id', async () => {
    const { to, received } = await discordService()
    expect(await notify(`*stars* ${calls}`, { to, from: 'CI' })).toEqual({ as: 'discord', posts: 1, ids: ['msg1'] })
    expect(received[0]?.body).toMatchObject({ allowed_mentions: { parse: [] }, username: 'CI' })
    expect(received[0]?.body['content']).toContain('\\*stars\\*')
  })

  it('takes a card with all that fits', async () => {
    const { to, received } = await discordService()
    const fields = Array.from({ length: 25 }, (_, at) => ({ label: `label ${at}`, value: '*'.repeat(100) }))
    await notify('*'.repeat(5_000), { to, ...build, fields })
    expect(received[0]?.body).toMatchObject({ embeds: [{ title: 'Build 12 failed', color: 0xe74c3c, url: build.url }] })
  })

  it('gets long texts in parts, however much they are escaped', async () => {
    const { to, received } = await discordService()
    const { posts } = await notify('*_~'.repeat(2_000), { to, tone: 'warning' })
    expect(posts).toBe(4)
    expect(received.map(({ body }) => body['allowed_mentions'])).toEqual(Array(4).fill({ parse: [] }))
  })

  it('has taken what a proxy that asks for no answer brings it', async () => {
    const quiet = await receive(() => ({ status: 204 }))
    expect(await notify('hello', { to: quiet.url, as: 'discord' })).toEqual({ as: 'discord', posts: 1, ids: [] })
    const page = await receive(() => ({ status: 200, body: '<!doctype html>' }))
    await expect(notify('hello', { to: page.url, as: 'discord' })).rejects.toThrow('Discord answered 200')
  })

  it('has one room', async () => {
    const { to } = await discordService()
    await expect(notify('hello', { to, room: 'ops' })).rejects.toThrow('a Discord webhook posts to its own room')
  })
})

describe('Teams', () => {
  const cardOf = ({ body }: Pick<Received, 'body'> = { body: {} }) => {
    const [{ content }] = body['attachments'] as readonly [{ readonly content: Received['body'] }]
    return content
  }

  it('shows the text as it was typed, line by line', async () => {
    const { to, received } = await teamsService()
    await notify(`*stars*\n- dash\n1. one\n${calls}`, { to })
    expect(cardOf(received[0])).toMatchObject({
      type: 'AdaptiveCard',
      body: [
        { type: 'TextBlock', wrap: true, text: expect.stringMatching(/^\\\*stars\\\*\n\n\\- dash\n\n1\\. one\n\n/) },
      ],
    })
    expect(JSON.stringify(received[0]?.body)).not.toContain('entities')
  })

  it('shows a card with its colour, its fields and where it leads', async () => {
    const { to, received } = await teamsService()
    await notify('2 tests failed', { to, ...build })
    const { body, actions } = cardOf(received[0])
    expect(body).toMatchObject([
      { text: 'Build 12 failed', color: 'Attention', weight: 'Bolder' },
      { text: '2 tests failed' },
      { type: 'FactSet', facts: [{ title: 'branch', value: 'main' }] },
    ])
    expect(actions).toEqual([{ type: 'Action.OpenUrl', title: 'Build 12 failed', url: build.url }])
  })

  it('gets what stays below its 28 kB, however it is written', async () => {
    const { to, received } = await teamsService()
    const fields = Array.from({ length: 25 }, (_, at) => ({
      label: `${at}${'語'.repeat(90)}`,
      value: '語'.repeat(900),
    }))
    for (const sign of ['語', '\n*', '"\\', '\u0001', '👍']) {
      await notify(`a${sign.repeat(8_000)}`, { to })
      await notify(`a${sign.repeat(4_000)}`, { to, title: '題'.repeat(400), fields })
    }
    expect(received.length).toBeGreaterThan(10)
  })

  it('believes no 200 that tells of a failure', async () => {
    const said =
      'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId x'
    const { url } = await receive(() => ({ status: 200, body: said }))
    await expect(notify('hello', { to: `${url}/webhookb2/x` })).rejects.toThrow('HTTP error 413')
  })
})
