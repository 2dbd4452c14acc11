import { describe, expect, it, onTestFinished } from 'vitest'
import { notify } from '../../src/cli/subcommands/notify.js'
import { receive } from '../notify/direct/receiver.js'
import { botService, botToken, slackService } from '../notify/direct/services.js'
import { inTerminal } from './terminal.js'

/** Nobody's own settings count here. */
const env = { SLASHROOM_TOKEN: '', SLASHROOM_NOTIFY_URL: '' }

describe('slashroom notify', () => {
  it('says nothing and exits 0 when it arrived', async () => {
    const { to, received } = await botService()
    const args = ['--to', to, '--token', botToken, '--room', 'ops', 'Build 12 passed']
    expect(await inTerminal(notify, args, env)).toEqual({ code: 0, out: '', err: '' })
    expect(received).toMatchObject([{ path: '/notify/ops', body: { text: 'Build 12 passed' } }])
  })

  it('sends all that it is told', async () => {
    const { to, received } = await botService()
    const shown = ['--title', 'Build 12', '--url', 'https://ci.example.com/12', '--tone', 'bad', '--key', 'build']
    const fields = ['--field', 'branch=main', '--field', 'range=a=b']
    await inTerminal(notify, ['--to', to, '--token', botToken, ...shown, ...fields, 'failed'], env)
    expect(received[0]?.body).toEqual({
      title: 'Build 12',
      url: 'https://ci.example.com/12',
      tone: 'bad',
      key: 'build',
      text: 'failed',
      fields: [
        { label: 'branch', value: 'main' },
        { label: 'range', value: 'a=b' },
      ],
    })
  })

  it('takes address and token from the environment', async () => {
    const { to, received } = await botService()
    const set = { SLASHROOM_TOKEN: botToken, SLASHROOM_NOTIFY_URL: to }
    expect(await inTerminal(notify, ['hello'], set)).toMatchObject({ code: 0 })
    expect(received[0]?.path).toBe('/notify')
  })

  it('shows no token to an incoming webhook', async () => {
    const { to, received } = await slackService()
    const { code } = await inTerminal(notify, ['--to', to, 'hello'], { ...env, SLASHROOM_TOKEN: botToken })
    expect(code).toBe(0)
    expect(JSON.stringify(received)).not.toContain(botToken)
  })

  it('gives the id as JSON', async () => {
    const { to } = await botService()
    const { out } = await inTerminal(notify, ['--to', to, '--token', botToken, '--json', 'hello'], env)
    expect(JSON.parse(out)).toEqual({ arrived: true, as: 'slashroom', posts: 1, ids: ['n1'] })
  })

  it('exits 1 with one line when it was refused', async () => {
    const { to } = await botService()
    expect(await inTerminal(notify, ['--to', to, '--token', 'wrongToken', 'hello'], env)).toEqual({
      code: 1,
      out: '',
      err: 'slashroom: it did not arrive: the server answered 401: there is no token Bearer [secret].',
    })
  })

  it('exits 1 when it was not taken in time, and says so in JSON', async () => {
    const { url, received } = await receive(() => ({ status: 503, body: 'draining' }))
    const args = ['--to', url, '--token', botToken, '--retry-for', '200ms', '--json', 'hello']
    const { code, out, err } = await inTerminal(notify, args, env)
    expect(code).toBe(1)
    expect(err).toMatch(/^slashroom: it did not arrive: the server answered 503: draining; given up after \d+ tries/)
    expect(JSON.parse(out)).toEqual({ arrived: false, error: expect.stringContaining('503') })
    expect(received.length).toBeGreaterThan(1)
  })

  it('tells how far it is on a terminal alone', async () => {
    const once = () => receive((_, nth) => (nth === 2 ? { status: 503 } : { status: 200, body: 'ok' }))
    const call = async () => {
      const { url } = await once()
      return await inTerminal(notify, ['--to', `${url}/services/x`, 'word '.repeat(1_000)], env)
    }
    expect((await call()).err).toBe('')
    onTerminal()
    expect((await call()).err).toMatch(
      /^slashroom: 1 of 2 posts arrived\nslashroom: Slack answered 503; trying again in \d.*\nslashroom: 2 of 2 posts arrived$/,
    )
  })

  const bot = ['--to', 'https://bot.example.com', '--token', 'abc']
  it.each([
    ['nothing at all', [], 'the text is missing.'],
    ['no text', bot, 'the text is missing.'],
    ['an empty text', [...bot, ''], 'the text must not be empty.'],
    ['two texts', [...bot, 'Build', '12'], 'the text must be one argument, in quotes.'],
    ['no address', ['hello'], 'the address is missing: --to, or SLASHROOM_NOTIFY_URL.'],
    ['no token', ['--to', 'https://bot.example.com', 'hello'], 'the token is missing: --token, or SLASHROOM_TOKEN.'],
    ['two rooms', [...bot, '--room', 'ops', '--room', 'web', 'hello'], '--room must not be given more than once.'],
    [
      'an unknown tone',
      [...bot, '--tone', 'red', 'hello'],
      '--tone must be one of good, bad, warning, info, neutral, not "red".',
    ],
    [
      'an unknown format',
      [...bot, '--as', 'irc', 'hello'],
      /^slashroom: --as must be one of slashroom, .* not "irc"\./,
    ],
    ['a field without a label', [...bot, '--field', '=x', 'hello'], '--field must be label=value, not "=x".'],
    ['an odd duration', [...bot, '--timeout', 'soon', 'hello'], /--timeout must be a duration such as 30s/],
    ['an odd window', [...bot, '--retry-for', '2d', 'hello'], /--retry-for must be a duration .* not "2d"/],
    [
      'a room of a webhook',
      ['--to', 'https://discord.com/api/webhooks/1/x', '--room', 'ops', 'hello'],
      /posts to its own room/,
    ],
  ])('exits 2 at %s', async (_, args, message) => {
    const { code, out, err } = await inTerminal(notify, args, env)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    if (typeof message === 'string') expect(err).toBe(`slashroom: ${message} "slashroom notify --help" shows how.`)
    else expect(err).toMatch(message)
  })
})

/** Standard error is a terminal until the test ends. */
function onTerminal(): void {
  const before = process.stderr.isTTY
  process.stderr.isTTY = true
  onTestFinished(() => {
    process.stderr.isTTY = before
  })
}
