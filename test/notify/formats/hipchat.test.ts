import { describe, expect, it } from 'vitest'
import type { Reply } from '../../../src/model/reply.js'
import { hipchatV1 } from '../../../src/notify/formats/hipchat-v1.js'
import { hipchatV2 } from '../../../src/notify/formats/hipchat-v2.js'
import { RefusedError } from '../../../src/notify/refusal.js'
import { render } from '../../../src/platforms/hipchat/render.js'
import { fakeNotifier, type Sent, sendTo, token } from './fake-notifier.js'

const { notifier, posts, tokens } = fakeNotifier()
const send = sendTo([...hipchatV2, ...hipchatV1], notifier)
const url = '/v2/room/42/notification'
const notify = async (body: Sent['body'], more: Partial<Sent> = {}) => {
  const answer = await send({ url, bearer: true, type: 'application/json', body: body ?? '', ...more })
  return { ...answer, reply: answer.status < 300 ? posts.at(-1)?.reply : undefined }
}
const link = { style: 'link', id: '1', title: 'T' }

describe('a notification by HipChat API', () => {
  it.each([
    ['yellow', 'yellow'],
    ['green', 'green'],
    ['red', 'red'],
    ['purple', 'purple'],
    ['gray', 'gray'],
    ['grey', 'gray'],
    ['', 'yellow'],
    [undefined, 'yellow'],
  ])('goes to HipChat in the colour that it came in: %s', async (color, shown) => {
    const { reply } = await notify({ message: 'hi', color })
    const invocation = { id: 'i', user: {} } as Parameters<typeof render>[1]
    expect(render(reply as Reply, invocation, {} as Parameters<typeof render>[2]).color).toBe(shown)
  })

  it('has the same colour each time where it may be any', async () => {
    const tones: unknown[] = []
    for (const message of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
      const { reply } = await notify({ message, color: 'random' })
      expect((await notify({ message, color: 'random' })).reply?.tone).toBe(reply?.tone)
      tones.push(reply?.tone)
    }
    expect(new Set(tones).size).toBeGreaterThan(1)
  })

  it.each([
    [true, true],
    [false, false],
    ['true', true],
    ['false', false],
    ['True', true],
    ['False', false],
    [1, true],
    [0, false],
    ['1', true],
    ['0', false],
    ['', undefined],
    [null, undefined],
  ])('sounds where notify is %j: %s', async (flag, sounds) => {
    expect((await notify({ message: 'hi', notify: flag })).reply?.notify).toBe(sounds)
  })

  it.each([
    ['a < b', 'a &lt; b'],
    ['if a <b && c> d', 'if a &lt;b && c&gt; d'],
    ['<b>bold', '<b>bold'],
    ['<B class="x" onclick="y">bold</B>', '<b>bold</b>'],
    ['<script>x</script>', '&lt;script&gt;x&lt;/script&gt;'],
    ['<x-y> <Unknown/>', '&lt;x-y&gt; &lt;Unknown/&gt;'],
    ['<!-- gone -->stays', 'stays'],
    ['a <!-- b', 'a &lt;!-- b'],
    ['a<br/>b<br />c', 'a<br>b<br>c'],
    ['<a href="javascript:x()">x</a>', '<a>x</a>'],
    [
      '<a href=\'https://x.example/?a=1&amp;b="2"\'>x</a>',
      '<a href="https://x.example/?a=1&amp;b=&quot;2&quot;">x</a>',
    ],
    ['<span style="color: #f00">red</span>', '<span style="color: #f00">red</span>'],
    ['<span style="background:url(//x.example)">red</span>', '<span>red</span>'],
    ['<img src="data:x" alt="x">', '<img alt="x">'],
    ['&lt;b&gt; &amp;', '&lt;b&gt; &amp;'],
    ['one\ntwo\n', 'one<br>two'],
    ['<p>one\ntwo</p>', '<p>one\ntwo</p>'],
  ])('shows of html what marks text, and all else as it stands: %s', async (message, text) => {
    expect((await notify({ message })).reply).toMatchObject({ format: 'html', text })
  })

  it('is read to its end, whatever is repeated in it', async () => {
    for (const part of ['<', '<a ', '<a href=', `<a ${' '.repeat(50)}`, '<!--', '<b x=y ', '<b x="']) {
      expect(await notify({ message: part.repeat(9_999 / part.length) })).toMatchObject({ status: 204 })
    }
  })

  it('is taken up to 10,000 characters', async () => {
    expect(await notify({ message: 'x'.repeat(10_000) })).toMatchObject({ status: 204 })
    expect(await notify({ message: '😀'.repeat(10_000) })).toMatchObject({ status: 204 })
    expect(await notify({ message: 'x'.repeat(10_001) })).toMatchObject({ status: 400 })
  })

  it('says who speaks in up to 64 characters, in the first version 15', async () => {
    const v1 = (from: string) =>
      send({ url: '/v1/rooms/message', bearer: true, body: { room_id: 42, message: 'hi', from } })
    expect((await notify({ message: 'hi', from: 'x'.repeat(64) })).reply).toMatchObject({ from: 'x'.repeat(64) })
    expect(await notify({ message: 'hi', from: 'x'.repeat(65) })).toMatchObject({ status: 400 })
    expect(await v1('x'.repeat(15))).toMatchObject({ status: 200 })
    expect(await v1('x'.repeat(16))).toMatchObject({ status: 400 })
  })

  it.each<[string, unknown]>([
    ['a string', JSON.stringify(link)],
    ['a list', [link]],
    ['no style', { ...link, style: undefined }],
    ['a style that there is not', { ...link, style: 'poster' }],
    ['an id that is a number', { ...link, id: 1 }],
    ['no title', { ...link, title: '' }],
    ['a title too long', { ...link, title: 'x'.repeat(501) }],
    ['a description without a format', { ...link, description: { value: 'x' } }],
    ['a description that is a list', { ...link, description: ['x'] }],
    ['an icon without a url', { ...link, icon: {} }],
    ['a thumbnail that is a string', { ...link, thumbnail: 'https://x.example' }],
    ['attributes that are no list', { ...link, attributes: {} }],
    ['too many attributes', { ...link, attributes: Array(11).fill({ value: { label: 'x' } }) }],
    ['an attribute without a value', { ...link, attributes: [{ label: 'x' }] }],
    ['an attribute of no known style', { ...link, attributes: [{ value: { label: 'x', style: 'y' } }] }],
    ['an activity without html', { ...link, activity: {} }],
  ])('keeps its text and loses a card that is malformed, and its answer says so: %s', async (_, card) => {
    const { status, reply, headers } = await notify({ message: 'hi', message_format: 'text', card })
    expect({ status, reply }).toMatchObject({ status: 204, reply: { kind: 'text', text: 'hi' } })
    expect(headers?.['slashroom-warning']).toMatch(/^The card was left out: card[\w .,[\]]+$/)
  })

  it('has no warning in its answer where its card is drawn, or there is none', async () => {
    for (const card of [link, null, '']) {
      expect((await notify({ message: 'hi', card })).headers).not.toHaveProperty('slashroom-warning')
    }
  })

  it('has the html of its card as text', async () => {
    const description = { format: 'html', value: 'a <b>b</b><br><a href="https://x.example">c</a> & <i>d &lt; e</i>' }
    const { reply } = await notify({ message: 'hi', card: { ...link, description } })
    expect(reply).toMatchObject({ card: { title: 'T', text: 'a b\nc (https://x.example) & d < e' } })
    const fallback = await notify({ message: 'the <b>message</b> <x>', card: link })
    expect(fallback.reply).toMatchObject({ card: { title: 'T', text: 'the message <x>' } })
  })

  it.each<[string, Sent['body'], RegExp]>([
    ['nothing', '', /message is missing/],
    ['blanks', { message: ' \n' }, /message is missing/],
    ['a message that is a number', { message: 5 }, /message must be a string/],
    ['a colour in no list', { message: 'hi', color: 'Green' }, /color must be one of/],
    ['a colour that is in every object', { message: 'hi', color: 'constructor' }, /color must be one of/],
    ['a colour that is no word', { message: 'hi', color: ['red'] }, /color must be a string/],
    ['a notify that is neither', { message: 'hi', notify: 'yes' }, /notify must be true or false/],
    ['a notify that is a list', { message: 'hi', notify: ['1'] }, /notify must be true or false/],
    ['a notify that is two', { message: 'hi', notify: 2 }, /notify must be true or false/],
    [
      'a format that there is not',
      { message: 'hi', message_format: 'markdown' },
      /message_format must be html or text/,
    ],
    ['broken JSON', '{"message":', /must be a JSON object/],
    ['half a character', '{"message":"\\udc00"}', /Unicode/],
  ])('is refused with %s', async (_, body, message) => {
    const { status, headers, body: said } = await notify(body)
    expect({ status, type: headers?.['content-type'] }).toEqual({ status: 400, type: 'application/json' })
    expect(JSON.parse(said ?? '')).toEqual({
      error: { code: 400, type: 'Bad Request', message: expect.stringMatching(message) },
    })
  })

  it('needs a room in the first version, by number or name', async () => {
    const v1 = (room_id: unknown) => send({ url: '/v1/rooms/message', bearer: true, body: { room_id, message: 'hi' } })
    expect(await v1(42)).toMatchObject({ status: 200 })
    expect(await v1('ops room')).toMatchObject({ status: 200 })
    expect(await v1(undefined)).toMatchObject({ status: 400 })
    expect(await v1(1e300)).toMatchObject({ status: 400 })
    expect(await v1({})).toMatchObject({ status: 400 })
  })

  it('takes the name of a room as it is, decoded once', async () => {
    const name = (room: string) => notify({ message: 'hi' }, { url: `/v2/room/${room}/notification` })
    expect(await name('Ops%20Room')).toMatchObject({ status: 204 })
    expect(await name('Ops%2520Room')).toMatchObject({ status: 404, body: expect.stringContaining('Ops%20Room') })
  })

  it('takes the slash in the address of a room as it is, and encoded', async () => {
    for (const room of ['hipchat:7/43', 'hipchat:7%2F43']) {
      const answer = await notify({ message: 'hi' }, { url: `/v2/room/${room}/notification` })
      expect(answer).toMatchObject({ status: 404, body: expect.stringContaining('There is no room hipchat:7/43.') })
    }
    expect(await send({ url: '/v2/room/42/share/link', bearer: true, body: {} })).toMatchObject({ status: 403 })
  })

  it('takes no token from a member of that name, and none at all for granted', async () => {
    expect(await send({ url, body: { message: 'hi', token } })).toMatchObject({ status: 401 })
    expect(await send({ url: `${url}?auth_token=`, body: 'message=hi' })).toMatchObject({ status: 401 })
    expect(await send({ url, body: { message: 'hi', auth_token: [token] } })).toMatchObject({ status: 401 })
    expect(tokens.slice(-3)).toEqual([undefined, undefined, undefined])
    const wrong = await send({ url: `${url}?auth_token=wrong-one`, body: '{' })
    expect(wrong).toMatchObject({ status: 401, headers: { 'content-type': 'application/json' } })
    expect(wrong.headers?.['www-authenticate']).toContain('Bearer')
    expect(JSON.stringify(wrong)).not.toContain('wrong-one')
  })

  it('says in its shape what the bot refuses beside', () => {
    const [endpoint] = hipchatV2
    const limit = new RefusedError('Too many.', 'rate-limited', { 'X-Ratelimit-Reset': '1900000000' })
    expect(endpoint?.refuse(limit)).toMatchObject({
      status: 429,
      headers: { 'X-Ratelimit-Reset': '1900000000' },
      body: '{"error":{"code":429,"type":"Too Many Requests","message":"Too many."}}',
    })
  })
})

describe('what senders ask beside', () => {
  it('is whether they may: nothing is posted', async () => {
    const before = posts.length
    expect(await send({ method: 'GET', url: `/v2/room?auth_token=${token}&auth_test=true` })).toMatchObject({
      status: 202,
    })
    expect(await send({ url: `${url}?auth_token=${token}&auth_test=true`, body: '' })).toMatchObject({ status: 202 })
    expect(await send({ url: `/v1/rooms/message?auth_token=${token}&auth_test=true` })).toMatchObject({ status: 202 })
    expect(await send({ url: `${url}?auth_token=x&auth_test=true` })).toMatchObject({ status: 401 })
    expect(await send({ url: `${url}?auth_token=${token}&test_auth=true`, body: '{"message":"x"}' })).toMatchObject({
      status: 202,
    })
    expect(posts).toHaveLength(before)
  })

  const get = async (url: string) => {
    const answer = await send({ method: 'GET', url, bearer: true })
    return { ...answer, content: JSON.parse(answer.body ?? '') }
  }

  it('is which rooms there are, page by page', async () => {
    const { content, status } = await get('/v2/room?expand=items')
    expect(status).toBe(200)
    expect(content).toMatchObject({
      items: [
        { id: 42, name: 'Ops Room', links: { self: '/v2/room/42' } },
        { id: 'slack:C0123', name: 'deploys', links: { self: '/v2/room/slack%3AC0123' } },
      ],
      startIndex: 0,
      maxResults: 100,
      links: { self: '/v2/room' },
    })
    expect((await get('/v2/room?max-results=1')).content).toMatchObject({
      items: [{ id: 42 }],
      links: { next: '/v2/room?start-index=1&max-results=1' },
    })
    const last = await get('/v2/room?start-index=1&max-results=1')
    expect(last.content).toMatchObject({ items: [{ id: 'slack:C0123' }], links: { prev: expect.any(String) } })
    expect(last.content.links).not.toHaveProperty('next')
    expect((await get('/v2/room?max-results=-1')).status).toBe(400)
    expect((await get('/v2/room?max-results=99999')).content.maxResults).toBe(1_000)
  })

  it('is one room', async () => {
    expect((await get('/v2/room/ops%20room')).content).toMatchObject({ id: 42, name: 'Ops Room', topic: '' })
    expect(await get('/v2/room/nowhere')).toMatchObject({ status: 404, content: { error: { type: 'Not Found' } } })
    expect((await get('/v1/rooms/list?format=json')).content.rooms).toMatchObject([
      { room_id: 42 },
      { name: 'deploys' },
    ])
    expect((await get('/v1/rooms/show?room_id=42')).content.room).toMatchObject({ name: 'Ops Room' })
  })

  it('is not there for all else', async () => {
    for (const path of ['/v2/nothing', '/v1/emoticons/list']) {
      expect(await get(path)).toMatchObject({ status: 404, content: { error: { code: 404 } } })
    }
  })
})
