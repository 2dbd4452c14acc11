import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { DeliveryError, notify, UsageError } from '../../../src/notify/direct/notify.js'
import type { Progress } from '../../../src/notify/direct/options.js'
import { receive } from './receiver.js'
import { botService, botToken, slackService, teamsService } from './services.js'

const bot = { token: botToken, room: 'ops' }
const taken = { status: 202, body: { id: 'n1' } }

describe('a notification that is not taken at once', () => {
  it.each([429, 500, 503, 408])('is posted again after a %i, under the same Idempotency-Key', async (status) => {
    const { url, received } = await receive((_, nth) => (nth < 3 ? { status } : taken))
    expect(await notify('hello', { to: url, ...bot })).toMatchObject({ ids: ['n1'] })
    const keys = received.map(({ headers }) => headers['idempotency-key'])
    expect(keys[0]).toMatch(/^[\w-]{30,}$/)
    expect(keys).toEqual([keys[0], keys[0], keys[0]])
  })

  it('is posted again where no answer came in time, and where the connection broke', async () => {
    const { url, received } = await receive((_, nth) => (nth === 1 ? 'nothing' : taken))
    await notify('hello', { to: url, ...bot, timeoutMs: 200 })
    expect(received.length).toBeGreaterThan(1)
  })

  it('waits as long as it is told', async () => {
    const { url } = await receive((_, nth) => (nth === 1 ? { status: 429, headers: { 'retry-after': '2' } } : taken))
    const progress: Progress[] = []
    await notify('hello', { to: url, ...bot, onProgress: (one) => progress.push(one) })
    expect(progress).toEqual([
      {
        arrived: 0,
        posts: 1,
        retry: { reason: 'the server answered 429', pauseMs: expect.toSatisfy((ms: number) => ms >= 2_000) },
      },
      { arrived: 1, posts: 1 },
    ])
  })

  it('ends at once where it is told to wait longer than it is tried', async () => {
    const { url, received } = await receive(() => ({ status: 429, headers: { 'retry-after': '120' } }))
    const sent = notify('hello', { to: url, ...bot })
    await expect(sent).rejects.toThrow('the server answered 429; it asks to wait 2m; given up after one try')
    expect(received).toHaveLength(1)
  })

  it('ends when its time is up', async () => {
    const { url, received } = await receive(() => ({ status: 503, body: 'draining' }))
    const sent = notify('hello', { to: url, ...bot, retryForMs: 300 })
    await expect(sent).rejects.toThrow(/^the server answered 503: draining; given up after \d+ tries in \d+s$/)
    expect(received.length).toBeGreaterThan(1)
    await expect(notify('hello', { to: url, ...bot, retryForMs: 0 })).rejects.toThrow('given up after one try')
  })

  it('waits no longer than its time for the last try', async () => {
    const { url } = await receive(() => ({ status: 503 }))
    const pauses: number[] = []
    const onProgress = ({ retry }: Progress) => pauses.push(retry?.pauseMs ?? 0)
    const calls = Array.from({ length: 10 }, () => notify('hello', { to: url, ...bot, retryForMs: 100, onProgress }))
    await Promise.allSettled(calls)
    expect(pauses.filter((ms) => ms > 101)).toEqual([])
  })

  it('ends where nobody listens, and says why', async () => {
    const port = await closedPort()
    const sent = notify('hello', { to: `http://127.0.0.1:${port}`, ...bot, retryForMs: 0 })
    await expect(sent).rejects.toThrow(`POST 127.0.0.1:${port}: no connection (ECONNREFUSED)`)
  })

  it('ends at once where TLS cannot be spoken', async () => {
    const { url } = await receive(() => taken)
    const sent = notify('hello', { to: url.replace('http:', 'https:'), ...bot })
    await expect(sent).rejects.toThrow(/no connection \(ERR_SSL_\w+\)$/)
  })

  it('ends when it is aborted', async () => {
    const { url } = await receive(() => ({ status: 503 }))
    const stop = new AbortController()
    const sent = notify('hello', { to: url, ...bot, signal: stop.signal, onProgress: () => stop.abort() })
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' })
  })

  it('ends when it is aborted under way, too', async () => {
    const stop = new AbortController()
    const { url } = await receive(() => {
      stop.abort()
      return 'nothing'
    })
    const sent = notify('hello', { to: url, ...bot, signal: stop.signal, retryForMs: 0 })
    await expect(sent).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('a notification in several posts', () => {
  const text = 'word '.repeat(3_000)

  it('has a key in none of them: the second would take the place of the first', async () => {
    const { url, received } = await receive(() => ({ status: 200, body: 'ok' }))
    await notify(text, { to: `${url}/services/x`, key: 'build' })
    await notify('short', { to: `${url}/services/x`, key: 'build' })
    expect(received.map(({ headers }) => headers['slashroom-key'])).toEqual([...Array(4).fill(undefined), 'build'])
    expect(new Set(received.map(({ headers }) => headers['idempotency-key'])).size).toBe(5)
  })

  it('sounds once', async () => {
    const { url, received } = await receive(() => ({ status: 204 }))
    await notify(text, { to: `${url}/v2`, ...bot, notify: true })
    expect(received.map(({ body }) => body['notify'])).toEqual([true, false])
  })
})

describe('a notification that is refused', () => {
  it('ends at once, and says what the service said', async () => {
    const { url, received } = await slackService()
    const sent = notify('hello', { to: `${url}/services/T0/B0/unknown` })
    await expect(sent).rejects.toThrow(/^Slack answered 404: no_service$/)
    await expect(sent).rejects.toBeInstanceOf(DeliveryError)
    expect(received).toHaveLength(1)
  })

  it('never says the token, though the service repeats it', async () => {
    const { to } = await botService()
    const sent = notify('hello', { to, token: 'anotherTokenThatIsWrong' })
    await expect(sent).rejects.toThrow('the server answered 401: there is no token Bearer [secret]')
  })

  it('never says what is secret in an address', async () => {
    const { to } = await teamsService()
    const wrong = to.replace('sig=', 'sig=x')
    const error: unknown = await notify('hello', { to: wrong }).catch((error: unknown) => error)
    expect(String(error)).toContain('is not signed')
    expect(String(error)).not.toContain('0123456789')
    const { url } = await receive((request) => ({ status: 403, body: `no: ${request.path}` }))
    const sent = notify('hello', {
      to: `${url}/workflows/0123456789abcdef/triggers/manual/paths/invoke?sig=a%2Bb0123456789`,
    })
    await expect(sent).rejects.toThrow('no: /workflows/[secret]/triggers/manual/paths/invoke?sig=[secret]')
  })

  it('says in one short line what is neither short nor one line', async () => {
    const { url } = await receive(() => ({ status: 400, body: `line\r\n\u001b[31m${'x'.repeat(5_000)}` }))
    const error = await notify('hello', { to: url, ...bot }).catch(String)
    expect(error).toMatch(/the server answered 400: line \[31mx+…$/)
    expect(String(error).length).toBeLessThan(300)
  })

  it('leaves the end of the sentence to whoever shows it', async () => {
    const { url } = await receive(() => ({ status: 404, body: '{"detail":"Room \\"x\\" not found."}' }))
    await expect(notify('hello', { to: url, ...bot })).rejects.toThrow(/^the server answered 404: Room "x" not found$/)
  })

  it('leaves out the page that a proxy shows', async () => {
    const { url } = await receive(() => ({ status: 403, body: '<html>go away</html>' }))
    await expect(notify('hello', { to: url, ...bot })).rejects.toThrow(/^the server answered 403$/)
  })

  it('follows no redirect, and says where it leads without what is secret there', async () => {
    const { url, received } = await receive(() => ({
      status: 301,
      headers: { location: 'https://b.example.com/notify' },
    }))
    await expect(notify('hello', { to: url, ...bot })).rejects.toThrow('301: it is at https://b.example.com now')
    expect(received).toHaveLength(1)
  })

  it('has not arrived where something else than a bot says 200', async () => {
    const { url } = await receive(() => ({ status: 200, body: 'welcome' }))
    await expect(notify('hello', { to: url, ...bot })).rejects.toThrow('the server answered 200: welcome')
  })

  it('says how much arrived before', async () => {
    const { url } = await receive((_, nth) => (nth === 1 ? { status: 200, body: 'ok' } : { status: 410, body: 'gone' }))
    const sent = notify('word '.repeat(2_000), { to: `${url}/services/x` })
    await expect(sent).rejects.toThrow('Slack answered 410: gone; 1 of 3 posts arrived before')
  })
})

describe('a wrong call', () => {
  const to = 'https://bot.example.com'
  it.each([
    ['an address that is none', { to: 'bot.example.com', ...bot }, 'begin with https://'],
    ['another protocol', { to: 'ftp://bot.example.com', ...bot }, 'begin with https://'],
    ['a password in the address', { to: 'https://a:b@bot.example.com', ...bot }, 'a user name or a password'],
    ['no token', { to, room: 'ops' }, 'the token is missing'],
    ['a token with a line end', { to, token: 'abc\ndef' }, 'without spaces'],
    ['a room without a name', { to, token: 'abc', room: '..' }, 'the room must have a name'],
    ['a format that there is not', { to, ...bot, as: 'irc' as 'slack' }, 'not as "irc"'],
    ['a tone that there is not', { to, ...bot, tone: 'red' as 'bad' }, 'the tone must be one of good,'],
    ['a URL that leads nowhere', { to, ...bot, url: 'javascript:alert(1)' }, 'the url must begin with'],
    ['too many fields', { to, ...bot, fields: Array(26).fill({ label: 'a', value: 'b' }) }, 'no more than 25 fields'],
    [
      'a value that is no text',
      { to, ...bot, fields: [{ label: 'a', value: 1 as unknown as string }] },
      'must be strings',
    ],
    ['a key with a line end', { to, ...bot, key: 'a\nb' }, 'the key must be'],
  ])('is one with %s, and sends nothing', async (_, options, message) => {
    await expect(notify('hello', options)).rejects.toThrow(message)
    await expect(notify('hello', options)).rejects.toBeInstanceOf(UsageError)
  })

  it('is one without a text, or with more than a bot takes', async () => {
    await expect(notify(' \n', { to, ...bot })).rejects.toThrow('the text must not be empty')
    await expect(notify('é'.repeat(600_000), { to, ...bot })).rejects.toThrow('1,048,576 bytes')
    await expect(notify(12 as unknown as string, { to, ...bot })).rejects.toThrow('must be a string')
  })
})

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
