import { describe, expect, it } from 'vitest'
import { card, say } from '../../../src/model/reply.js'
import { plainFormat } from '../../../src/notify/formats/plain.js'
import { fakeNotifier, type Sent, sendTo, token } from './fake-notifier.js'

describe('the plain format', () => {
  const { notifier, posts } = fakeNotifier()
  const send = sendTo(plainFormat, notifier)
  const notify = async (sent: Partial<Sent>) => {
    const answer = await send({ url: '/notify/42', bearer: true, ...sent })
    return { ...answer, post: answer.status === 202 ? posts.at(-1) : undefined }
  }

  it('shows a text as it stands, and says how the notification is called', async () => {
    const { post, ...answer } = await notify({ type: 'text/plain; charset=utf-8', body: '{"not": "read"} <b>\n' })
    expect(post).toMatchObject({ room: '42', reply: say('{"not": "read"} <b>') })
    expect(answer).toMatchObject({ status: 202, body: '{"id":"n1"}' })
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json',
      'slashroom-notification': 'n1',
      'X-Ratelimit-Remaining': '499',
    })
  })

  it('posts to all rooms of the token where none is named', async () => {
    expect((await notify({ url: '/notify', type: 'text/plain', body: 'hi' })).post?.room).toBeUndefined()
  })

  it.each([
    ['Bearer', { headers: { authorization: `bearer ${token}` } }],
    ['token', { url: `/notify/42?token=${token}` }],
    ['auth_token', { url: `/notify/42?auth_token=${token}` }],
    ['a member of a form', { type: 'application/x-www-form-urlencoded', body: `text=hi&auth_token=${token}` }],
  ])('takes the token as %s', async (_, sent: Partial<Sent>) => {
    expect(await notify({ type: 'text/plain', body: 'hi', bearer: false, ...sent })).toMatchObject({ status: 202 })
  })

  it('takes a text that curl calls a form for the text that it is', async () => {
    const type = 'application/x-www-form-urlencoded'
    expect((await notify({ type, body: 'Build 12 passed: 100% & more' })).post?.reply).toEqual(
      say('Build 12 passed: 100% & more'),
    )
    expect((await notify({ type, body: '{"text":"hi"}' })).post?.reply).toEqual(say('hi'))
    expect((await notify({ type, body: 'text=hi+there&tone=good' })).post?.reply).toEqual(
      say('hi there', { tone: 'good' }),
    )
  })

  it('never shows what is sent beside a token in a form', async () => {
    const body = `auth_token=${token}&massage=hi`
    const answer = await notify({ type: 'application/x-www-form-urlencoded', body, bearer: false })
    expect(answer).toMatchObject({ status: 400 })
    expect(JSON.stringify(answer)).not.toContain(token)
  })

  it.each([
    ['an object', '{"text":"hi"}', say('hi')],
    ['an object behind a byte order mark', '\ufeff {"text":"hi"}', say('hi')],
    ['a list of one', '[{"text":"hi"}]', say('hi')],
    ['JSON in a string', JSON.stringify('{"text":"hi"}'), say('hi')],
    ['words', 'hi', say('hi')],
    ['words in brackets', '[INFO] hi', say('[INFO] hi')],
    ['words in quotes', '"hi"', say('"hi"')],
  ])('looks at the first sign of a body without a type: %s', async (_, body, reply) => {
    expect((await notify({ body })).post?.reply).toEqual(reply)
    expect((await notify({ body, type: 'application/octet-stream' })).post?.reply).toEqual(reply)
  })

  it('reads text in the charset that it names', async () => {
    const body = Buffer.from('Grün', 'latin1')
    expect((await notify({ body, type: 'text/plain; charset="ISO-8859-1"' })).post?.reply).toEqual(say('Grün'))
    expect(await notify({ body, type: 'text/plain' })).toMatchObject({ status: 400 })
    expect(await notify({ body, type: 'text/plain; charset=none-such' })).toMatchObject({ status: 400 })
  })

  it('reads a form in parts', async () => {
    const form = new FormData()
    form.set('text', 'hi')
    form.set('file', new Blob(['no text']), 'x.txt')
    const response = new Response(form)
    const body = Buffer.from(await response.arrayBuffer())
    expect((await notify({ body, type: response.headers.get('content-type') ?? '' })).post?.reply).toEqual(say('hi'))
    expect(await notify({ body: 'x', type: 'multipart/form-data; boundary=y' })).toMatchObject({ status: 400 })
  })

  it('shows a card', async () => {
    const { post } = await notify({
      body: {
        ...{ title: 'Build 12', text: 'failed', url: 'https://ci.example/ä b', tone: 'bad', notify: true, from: 'CI' },
        fields: [
          { label: 'Branch', value: 'main', url: 'https://ci.example/b' },
          { label: 1, value: 3.5, tone: 'good' },
        ],
        buttons: [
          { label: 'Retry', command: '/deploy retry 12' },
          { label: 'Log', url: 'https://ci.example/log' },
        ],
        image: 'https://ci.example/graph.png',
        key: 'build-12',
        more: 'is ignored',
      },
    })
    expect(post?.key).toBe('build-12')
    expect(post?.reply).toEqual({
      ...card({
        ...{ title: 'Build 12', text: 'failed', url: 'https://ci.example/%C3%A4%20b' },
        fields: [
          { label: 'Branch', value: 'main', url: 'https://ci.example/b' },
          { label: '1', value: '3.5', tone: 'good' },
        ],
        buttons: [
          { label: 'Retry', command: '/deploy retry 12' },
          { label: 'Log', url: 'https://ci.example/log' },
        ],
        image: 'https://ci.example/graph.png',
      }),
      ...{ tone: 'bad', notify: true, from: 'CI' },
    })
  })

  it('makes the first line of its text the title of a card that has none', async () => {
    const { post } = await notify({ body: { text: 'Down\nsince noon\n', url: 'https://ci.example' } })
    expect(post?.reply).toEqual(card({ title: 'Down', text: 'since noon', url: 'https://ci.example' }))
  })

  it('takes a key from a header, on any body', async () => {
    const headers = { 'slashroom-key': 'build 12', 'idempotency-key': 'run-1', authorization: `Bearer ${token}` }
    const one = await notify({ body: 'hi', type: 'text/plain', headers })
    const other = await notify({ body: 'ho', type: 'text/plain', headers })
    expect(one.post).toMatchObject({ key: 'build 12', idempotencyKey: 'run-1' })
    expect((await notify({ body: { text: 'hi' }, headers })).post?.fingerprint).toBe(one.post?.fingerprint)
    expect(other.post?.fingerprint).not.toBe(one.post?.fingerprint)
    expect(await notify({ body: 'hi', headers: { ...headers, 'slashroom-key': 'k'.repeat(256) } })).toMatchObject({
      status: 400,
    })
  })

  it.each([
    ['nothing', '', /text or a title/],
    ['blanks', ' \n', /text or a title/],
    ['broken JSON', '{"text":', /must be a JSON object/],
    ['a list of two', '[{},{}]', /must be a JSON object/],
    ['a text that is none', { text: ['hi'] }, /text must be a string/],
    ['an unknown tone', { text: 'hi', tone: 'loud' }, /tone must be one of neutral/],
    ['fields that are no list', { title: 'hi', fields: {} }, /fields must be a list/],
    ['a field that is none', { title: 'hi', fields: ['x'] }, /fields\[0\] must be an object/],
    ['a field with an object in it', { title: 'hi', fields: [{ label: 'x', value: {} }] }, /value must be a string/],
    ['a field without a value', { title: 'hi', fields: [{ label: 'x' }] }, /fields\[0\]\.value is missing/],
    ['a number without end', '{"title":"hi","fields":[{"label":"x","value":1e999}]}', /value must be a string/],
    ['a button without a label', { title: 'hi', buttons: [{ command: '/x' }] }, /buttons\[0\]\.label is missing/],
    ['a button that does nothing', { title: 'hi', buttons: [{ label: 'x' }] }, /must have a command or a url/],
    ['too many fields', { title: 'hi', fields: Array(101).fill({ label: 'x', value: 'y' }) }, /more than 100 fields/],
    ['too many buttons', { title: 'hi', buttons: Array(26).fill({ label: 'x', url: 'y' }) }, /more than 25 buttons/],
    ['half a character', '{"text":"\\ud83d"}', /Unicode/],
    ['a zero character', '{"text":"a\\u0000b"}', /Unicode/],
    ['one deep inside', { text: 'x', more: [[['\0']]] }, /Unicode/],
    ['deep JSON', `{"text":${'['.repeat(200_000)}${']'.repeat(200_000)}}`, /nested too deeply/],
    ['no Unicode', Buffer.from([0x7b, 0xff, 0x7d]), /text in utf-8/],
  ])('refuses %s', async (_, body, message) => {
    const answer = await notify({ body, type: 'application/json' })
    expect(answer).toMatchObject({ status: 400, headers: { 'content-type': 'application/problem+json' } })
    expect(JSON.parse(answer.body ?? '')).toEqual({
      ...{ type: 'about:blank', title: 'Bad Request', status: 400 },
      detail: expect.stringMatching(message),
    })
  })

  it('sees nothing that stands behind an object', async () => {
    const polluted = Object.prototype as unknown as Record<string, unknown>
    Object.assign(polluted, { title: 'planted', tone: 'bad' })
    try {
      const fields = [{ label: 'x', value: 'y' }]
      expect((await notify({ body: { title: 'hi', tone: null, fields } })).post?.reply).toEqual(
        card({ title: 'hi', fields }),
      )
      expect((await notify({ body: '{"text":"hi"}' })).post?.reply).toEqual(say('hi'))
      const { post } = await notify({ body: '{"text":"hi","__proto__":{"tone":"bad"},"constructor":1}' })
      expect(post?.reply).toEqual(say('hi'))
    } finally {
      delete polluted['title']
      delete polluted['tone']
    }
  })

  it('says neither to a stranger what is wrong with a body, nor to anybody what the token was', async () => {
    const answer = await send({ url: '/notify/42?token=wrong-one', body: '{' })
    expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': expect.stringContaining('Bearer') } })
    expect(JSON.stringify(answer)).not.toContain('wrong-one')
    expect(await send({ url: '/notify/42', body: 'hi' })).toMatchObject({ status: 401 })
    const large = `{"text":"hi","auth_token":"${token}","more":"${'x'.repeat(70_000)}"}`
    expect(await send({ url: '/notify/42', body: large })).toMatchObject({ status: 401 })
    expect(await notify({ body: large })).toMatchObject({ status: 202 })
    expect(await notify({ url: '/notify/nowhere', body: 'hi' })).toMatchObject({ status: 404 })
  })

  it('lets nobody wake a whole room, but for a token that may', async () => {
    const body = {
      title: '@all look',
      text: '@here mail@all.example',
      fields: [{ label: '@channel', value: '@everyone' }],
    }
    const { reply } = (await notify({ body })).post ?? {}
    expect(reply).toMatchObject({
      card: {
        title: '＠all look',
        text: '＠here mail@all.example',
        fields: [{ label: '＠channel', value: '＠everyone' }],
      },
    })
    const trusted = fakeNotifier({ mentions: true })
    await sendTo(plainFormat, trusted.notifier)({ url: '/notify/42', bearer: true, body })
    expect(trusted.posts[0]?.reply).toMatchObject({ card: body })
  })
})

describe('the room of a post', () => {
  it('may be an address with a slash, as it is and encoded', async () => {
    const send = sendTo(plainFormat, fakeNotifier().notifier)
    for (const room of ['hipchat:7/43', 'hipchat:7%2F43']) {
      const answer = await send({ url: `/notify/${room}`, bearer: true, body: 'hi' })
      expect(answer).toMatchObject({ status: 404, body: expect.stringContaining('There is no room hipchat:7/43.') })
    }
  })
})

describe('a receipt', () => {
  it('tells how far a notification came', async () => {
    const { notifier } = fakeNotifier()
    const send = sendTo(plainFormat, notifier)
    await send({ url: '/notify/42', bearer: true, body: 'hi' })
    const answer = await send({ method: 'GET', url: `/notify/receipts/n1?token=${token}` })
    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } })
    expect(JSON.parse(answer.body ?? '')).toEqual({ id: 'n1', rooms: [{ room: 'hipchat:42', state: 'delivered' }] })
    expect(await send({ method: 'GET', url: '/notify/receipts/n9', bearer: true })).toMatchObject({ status: 404 })
    expect(await send({ method: 'GET', url: '/notify/receipts/n1' })).toMatchObject({ status: 401 })
  })
})
