import { describe, expect, it } from 'vitest'
import { card, say } from '../../../src/model/reply.js'
import { slackFormat } from '../../../src/notify/formats/slack.js'
import { RefusedError } from '../../../src/notify/refusal.js'
import { fakeNotifier, type Sent, sendTo, token } from './fake-notifier.js'

const { notifier, posts } = fakeNotifier()
const send = sendTo(slackFormat, notifier)
const url = `/services/${token}`
const post = async (body: Sent['body'], more: Partial<Sent> = {}) => {
  const answer = await send({ url, type: 'application/json', body: body ?? '', ...more })
  return { ...answer, post: answer.status === 200 ? posts.at(-1) : undefined }
}
const replyTo = async (body: object) => (await post(body)).post?.reply

describe("Slack's incoming webhook", () => {
  it('answers ok, and posts to all rooms of the token', async () => {
    const { post: posted, ...answer } = await post({ text: 'hi' })
    expect(answer).toMatchObject({ status: 200, body: 'ok' })
    expect(answer.headers?.['content-type']).toMatch(/^text\/plain/)
    expect(answer.headers).toMatchObject({ 'slashroom-notification': 'n1', 'X-Ratelimit-Limit': '500' })
    expect(posted).toMatchObject({ room: undefined, reply: say('hi') })
  })

  it('posts to the room that its message names, in the name of whom it names', async () => {
    const { post: posted } = await post({
      text: 'hi',
      channel: 'slack:C0123',
      username: 'bot',
      icon_emoji: ':x:',
      key: 'k',
    })
    expect(posted).toMatchObject({ room: 'slack:C0123', reply: { ...say('hi'), from: 'bot' }, key: 'k' })
  })

  it.each<[string, Partial<Sent>]>([
    ['an address like Slack itself has', { url: `/services/T000/B000/${token}` }],
    ['a slash at its end', { url: `${url}/` }],
    ['a form', { type: 'application/x-www-form-urlencoded', body: `payload=${encodeURIComponent('{"text":"hi"}')}` }],
    ['a form that calls itself nothing', { type: '', body: `payload=${encodeURIComponent('{"text":"hi"}')}` }],
    ['JSON that calls itself a form', { type: 'application/x-www-form-urlencoded', body: '{"text":"hi"}' }],
    ['JSON that calls itself text', { type: 'text/plain', body: '{"text":"hi"}' }],
    ['a form without JSON', { type: 'application/x-www-form-urlencoded', body: 'text=hi' }],
  ])('takes %s', async (_, sent) => {
    const { status, post: posted } = await post('{"text":"hi"}', sent)
    expect({ status, reply: posted?.reply }).toEqual({ status: 200, reply: say('hi') })
  })

  it('shows marked text as html, and any other as it stands', async () => {
    expect(await replyTo({ text: 'Build *12* of <https://ci.example|main>\n' })).toEqual(
      say('Build <b>12</b> of <a href="https://ci.example">main</a>', { format: 'html' }),
    )
    expect(await replyTo({ text: 'a &lt; b\n<@U1|jo> and @here' })).toEqual(say('a < b\n＠jo and ＠here'))
    expect(await replyTo({ text: '*12* <https://ci.example|x>', mrkdwn: false })).toEqual(
      say('*12* <a href="https://ci.example">x</a>', { format: 'html' }),
    )
  })

  it('wakes people where the token may', async () => {
    const trusted = fakeNotifier({ mentions: true })
    await sendTo(slackFormat, trusted.notifier)({ url, body: { text: '<!here> <@U1|jo> @all' } })
    expect(trusted.posts[0]?.reply).toEqual(say('@here @jo @all'))
  })
})

describe("a message of Slack's senders", () => {
  it('comes from Alertmanager', async () => {
    const body = {
      channel: '42',
      username: 'Alertmanager',
      attachments: [
        {
          title: '[FIRING:1] InstanceDown (a &amp; b)',
          title_link: 'http://am.example:9093/#/alerts?receiver=team',
          text: '*Down* since noon',
          fallback: '[FIRING:1] InstanceDown | http://am.example',
          callback_id: '',
          fields: [{ title: 'Severity', value: 'page', short: true }],
          actions: [
            { type: 'button', text: 'Runbook', url: 'https://wiki.example', style: 'danger', name: '', value: '' },
          ],
          footer: '',
          color: 'danger',
          mrkdwn_in: ['fallback', 'pretext', 'text'],
        },
      ],
    }
    expect(await replyTo(body)).toEqual({
      ...card({
        title: '[FIRING:1] InstanceDown (a & b)',
        text: 'Down since noon',
        url: 'http://am.example:9093/#/alerts?receiver=team',
        fields: [{ label: 'Severity', value: 'page' }],
        buttons: [{ label: 'Runbook', url: 'https://wiki.example', tone: 'bad' }],
      }),
      ...{ tone: 'bad', from: 'Alertmanager' },
    })
  })

  it('comes from Grafana', async () => {
    const body = {
      text: '',
      attachments: [
        {
          ...{
            title: '[OK] cpu',
            title_link: 'https://g.example/d/1',
            fallback: '[OK] cpu',
            color: '#36a64f',
            ts: 1543500000,
          },
          fields: [{ title: 'cpu', value: 3.5, short: false }, null].filter(Boolean),
          ...{ text: '', image_url: 'https://g.example/1.png', thumb_url: 'https://g.example/t.png' },
          ...{ footer: 'Grafana v5', footer_icon: 'https://g.example/i.png', author_name: null },
        },
      ],
    }
    expect(await replyTo(body)).toEqual({
      ...card({
        ...{ title: '[OK] cpu', text: 'Grafana v5', url: 'https://g.example/d/1' },
        ...{ icon: 'https://g.example/t.png', image: 'https://g.example/1.png' },
        fields: [{ label: 'cpu', value: '3.5' }],
      }),
      tone: 'good',
    })
  })

  it('has signs in what is attached where its sender says so', async () => {
    const attachment = { text: '*a* <https://x.example|b>', title: 'T' }
    expect(await replyTo({ attachments: [attachment] })).toMatchObject({ card: { text: '*a* b (https://x.example)' } })
    const marked = { ...attachment, mrkdwn_in: ['text'] }
    expect(await replyTo({ attachments: [marked] })).toMatchObject({ card: { text: 'a b (https://x.example)' } })
  })

  it('comes from GitLab', async () => {
    const body = {
      ...{ username: 'GitLab', icon_url: 'https://gl.example/i.png', fallback: 'jo pushed' },
      text: 'jo pushed to branch <https://gl.example/b|main>',
      attachments: [{ text: '<https://gl.example/c|abc>: fix - jo', color: '#345' }],
    }
    expect(await replyTo(body)).toEqual({
      ...say(
        'jo pushed to branch <a href="https://gl.example/b">main</a><br><a href="https://gl.example/c">abc</a>: fix - jo',
        { format: 'html' },
      ),
      ...{ tone: 'info', from: 'GitLab' },
    })
  })

  it('comes from the Slack plug-in of Jenkins', async () => {
    const payload = JSON.stringify({
      channel: '42',
      attachments: [
        {
          ...{ fallback: 'job - #12 Success', color: 'good', mrkdwn_in: ['pretext', 'text', 'fields'] },
          fields: [{ title: '', value: 'job - #12 *Success* (<https://ci.example/12|Open>)', short: false }],
        },
      ],
      link_names: '1',
      unfurl_links: 'true',
    })
    const { post: posted } = await post(new URLSearchParams({ payload }).toString(), {
      type: 'application/x-www-form-urlencoded; charset=UTF-8',
    })
    expect(posted?.reply).toEqual({
      ...card({
        title: 'job - #12 Success',
        fields: [{ label: '', value: 'job - #12 Success (Open (https://ci.example/12))' }],
      }),
      tone: 'good',
    })
  })

  it('comes from Uptime Kuma', async () => {
    const body = {
      ...{ text: 'Uptime Kuma Alert', channel: null, username: 'Kuma', icon_emoji: ':x:' },
      attachments: [
        {
          color: '#e01e5a',
          blocks: [
            { type: 'header', text: { type: 'plain_text', text: 'Site is down' } },
            {
              type: 'section',
              fields: [
                { type: 'mrkdwn', text: '*Message*\nconnect ECONNREFUSED' },
                { type: 'mrkdwn', text: '*Page:* <https://x.example|site>' },
                { type: 'plain_text', text: 'no label' },
              ],
            },
            {
              type: 'actions',
              elements: [
                {
                  type: 'button',
                  text: { type: 'plain_text', text: 'Visit' },
                  value: 'Kuma',
                  url: 'https://kuma.example',
                },
                {
                  type: 'button',
                  text: { type: 'plain_text', text: 'Silence' },
                  value: '/silence site',
                  style: 'primary',
                },
                { type: 'button', text: { type: 'plain_text', text: 'Nothing' }, value: 'x' },
              ],
            },
          ],
        },
      ],
    }
    expect(await replyTo(body)).toEqual({
      ...card({
        ...{ title: 'Site is down', text: 'Uptime Kuma Alert' },
        fields: [
          { label: 'Message', value: 'connect ECONNREFUSED' },
          { label: 'Page', value: 'site', url: 'https://x.example' },
          { label: '', value: 'no label' },
        ],
        buttons: [
          { label: 'Visit', url: 'https://kuma.example' },
          { label: 'Silence', command: '/silence site', tone: 'good' },
        ],
      }),
      ...{ tone: 'bad', from: 'Kuma' },
    })
  })
})

describe('blocks', () => {
  const section = (text: string, more = {}) => ({ type: 'section', text: { type: 'mrkdwn', text }, ...more })

  it('of text alone are a text, and stand for the text beside them', async () => {
    const blocks = [
      section('*a*'),
      { type: 'divider' },
      { type: 'context', elements: [{ type: 'plain_text', text: '*b*' }] },
    ]
    expect(await replyTo({ text: 'fallback', blocks })).toEqual(say('<b>a</b><br>*b*', { format: 'html' }))
    expect(await replyTo({ text: 'shown', blocks: [{ type: 'divider' }, { type: 'unheard-of' }] })).toEqual(
      say('shown'),
    )
  })

  it('have pictures', async () => {
    const icon = { type: 'image', image_url: 'https://x.example/i.png', alt_text: 'i' }
    const image = { type: 'image', image_url: 'https://x.example/1.png', alt_text: 'graph' }
    expect(await replyTo({ blocks: [section('Down', { accessory: icon }), image, image] })).toEqual(
      card({
        ...{ title: 'Down', text: 'graph\ngraph\nhttps://x.example/1.png' },
        ...{ icon: 'https://x.example/i.png', image: 'https://x.example/1.png' },
      }),
    )
  })

  it('have rich text', async () => {
    const rich = (type: string, ...elements: object[]) => ({ type: `rich_text_${type}`, elements })
    const text = (text: string, style = {}) => ({ type: 'text', text, style })
    const elements = [
      rich('section', text('a < '), text('b', { bold: true }), { type: 'emoji', name: 'tada' }),
      rich(
        'list',
        rich('section', text('one')),
        rich('section', { type: 'link', url: 'https://x.example', text: 'two' }),
      ),
      rich('quote', text('said')),
      rich('section', { type: 'user', user_id: 'U1' }, text(' '), { type: 'broadcast', range: 'here' }),
    ]
    expect(await replyTo({ blocks: [{ type: 'rich_text', elements }] })).toEqual(
      say(
        'a &lt; <b>b</b>:tada:<br>• one<br>• <a href="https://x.example">two</a><br><blockquote>said</blockquote>＠U1 ＠here',
        { format: 'html' },
      ),
    )
  })
})

describe('what cannot be posted', () => {
  it.each<[string, Sent['body'], number, string]>([
    ['nothing', '', 400, 'invalid_payload'],
    ['no JSON', 'hello', 400, 'invalid_payload'],
    ['broken JSON', '{"text":', 400, 'invalid_payload'],
    ['a payload that is no JSON', 'payload=hello', 400, 'invalid_payload'],
    ['a payload with half a character', `payload=${encodeURIComponent('{"text":"\\ud83d"}')}`, 400, 'invalid_payload'],
    ['no text', {}, 400, 'no_text'],
    ['an empty text', { text: ' ' }, 400, 'no_text'],
    ['blocks that say nothing', { blocks: [{ type: 'divider' }] }, 400, 'no_text'],
    ['a text that is a list', { text: ['hi'] }, 400, 'invalid_payload'],
    ['attachments that are no list', { text: 'hi', attachments: {} }, 400, 'invalid_payload'],
    ['an attachment that is none', { text: 'hi', attachments: ['x'] }, 400, 'invalid_payload'],
    ['a block with no text in its text', { blocks: [{ type: 'section', text: { text: {} } }] }, 400, 'invalid_payload'],
    ['too many fields', { attachments: [{ fields: Array(101).fill({ title: 'x' }) }] }, 400, 'invalid_payload'],
    ['a room that there is not', { text: 'hi', channel: '#nowhere' }, 404, 'channel_not_found'],
  ])('%s is refused in words of Slack', async (_, body, status, word) => {
    const type = typeof body === 'string' && !body.startsWith('{') ? '' : 'application/json'
    const answer = await post(body, { type })
    expect({ status: answer.status, body: answer.body }).toEqual({ status, body: word })
    expect(answer.headers?.['content-type']).toMatch(/^text\/plain/)
  })

  it('is no text that stands behind the message', async () => {
    const polluted = Object.prototype as unknown as Record<string, unknown>
    polluted['text'] = 'planted'
    try {
      for (const body of ['{}', `payload=${encodeURIComponent('{}')}`]) {
        const type = body === '{}' ? 'application/json' : ''
        expect(await post(body, { type })).toMatchObject({ status: 400, body: 'no_text' })
      }
    } finally {
      delete polluted['text']
    }
  })

  it('is refused to strangers, without their token', async () => {
    for (const path of ['/services/wrong-one', `/services/${token}/wrong-one`]) {
      const answer = await post('{', { url: path })
      expect(answer).toMatchObject({ status: 403, body: 'invalid_token' })
      expect(JSON.stringify(answer)).not.toContain('wrong-one')
    }
  })

  it.each([
    ['room-not-allowed', 403, 'action_prohibited'],
    ['ambiguous-room', 409, 'It is slack:C1 or slack:C2.'],
    ['conflict', 409, 'It is slack:C1 or slack:C2.'],
    ['rate-limited', 429, 'rate_limited'],
  ] as const)('%s', (reason, status, body) => {
    expect(slackFormat[0]?.refuse(new RefusedError('It is slack:C1 or slack:C2.', reason))).toMatchObject({
      status,
      body,
    })
  })

  it('for now is told when to come again', () => {
    const refuse = (headers: Record<string, string>) =>
      Number(slackFormat[0]?.refuse(new RefusedError('', 'rate-limited', headers)).headers?.['retry-after'])
    const inAMinute = Math.ceil(Date.now() / 1_000) + 60
    expect(refuse({ 'X-Ratelimit-Reset': String(inAMinute) })).toBeGreaterThan(30)
    expect(refuse({ 'X-Ratelimit-Reset': String(inAMinute) })).toBeLessThanOrEqual(61)
    expect(refuse({})).toBe(1)
  })
})
