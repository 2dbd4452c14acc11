import { afterEach, describe, expect, it } from 'vitest'
import { ConnectionError, UnavailableError } from '../../../src/model/errors.js'
import type { Accept, Verified } from '../../../src/platforms/platform.js'
import {
  botToken,
  enveloped,
  eventBody,
  pressForm,
  type Slack,
  signed,
  signingSecret,
  slashForm,
  startSlack,
} from '../../fixtures/slack.js'
import { appToken } from '../../fixtures/slack-sockets.js'
import { oauthEnv, ownEnv, type SlackBot, type SlackBotOptions, startSlackBot } from './bot.js'

const socketEnv = { ...ownEnv, SLACK_SIGNING_SECRET: '', SLACK_APP_TOKEN: appToken }

describe('Socket Mode', () => {
  const endings: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end()
  })

  it('takes commands, buttons and events over a connection, with no signing secret', async () => {
    const { far, taken } = await connect()
    for (const [type, body] of said('/deploy status')) {
      expect(await far.sockets.deliver(type, enveloped(body))).toMatchObject({ ended: 'acked', deliveries: 1 })
    }
    expect(taken.map(({ text }) => text)).toEqual(['/deploy status', '/deploy status', '/deploy status'])
    expect(far.sockets.faults).toEqual([])
  })

  it('knows the same thing by every way that it comes', async () => {
    const { far, bot, taken } = await connect({ env: { ...socketEnv, SLACK_SIGNING_SECRET: signingSecret } })
    for (const [type, body] of said('/ping')) {
      const verified = await bot.platform.verify(signed(doors[type], body))
      await far.sockets.deliver(type, enveloped(body))
      expect(taken.at(-1)?.id).toBe(bot.platform.decode(verified).invocation?.id)
    }
  })

  it('serves no webhook without a signing secret', async () => {
    const { bot } = await connect()
    expect(bot.platform.webhooks).toEqual([])
    await expect(bot.platform.verify(signed('/commands', slashForm('/ping')))).rejects.toMatchObject({
      code: 'unverified',
    })
  })

  it('acknowledges nothing that was not kept, so that it comes again, and counts once', async () => {
    const far = await startFar()
    far.sockets.ackMs = 500
    far.sockets.retriesMs = new Array(200).fill(50)
    let fails = 2
    const keep = () => {
      far.sockets.ackMs = fails > 1 ? 500 : patientMs // what is sent next is kept
      return fails-- <= 0
    }
    const { taken } = await connect({ far, keep })
    const outcome = await far.sockets.deliver('events_api', enveloped(eventBody({ type: 'message', text: '!ping' })))
    expect(outcome.ended).toBe('acked')
    expect(outcome.deliveries).toBeGreaterThan(2)
    expect(new Set(taken.map(({ id }) => id)).size).toBe(1)
    fails = Number.POSITIVE_INFINITY
    far.sockets.ackMs = 500
    const typed = far.sockets.deliver('slash_commands', enveloped(slashForm('/ping')))
    expect(await typed).toMatchObject({ ended: 'operation_timeout' })
  })

  it('lets the answer ride in the ack of a command, and in no other', async () => {
    const { far } = await connect({ answer: { text: 'pong' } })
    const outcomes = []
    for (const [type, body] of said('/ping')) outcomes.push(await far.sockets.deliver(type, enveloped(body)))
    expect(outcomes.map(({ payload }) => payload)).toEqual([{ text: 'pong' }, undefined, undefined])
    expect(far.sockets.faults).toEqual([])
  })

  it('acknowledges what it does not know', async () => {
    const { far, taken } = await connect()
    const shortcut = enveloped(pressForm('/x', { type: 'shortcut' }))
    expect(await far.sockets.deliver('interactive', shortcut)).toMatchObject({ ended: 'acked' })
    expect(await far.sockets.deliver('a_new_one' as 'interactive', {})).toMatchObject({ ended: 'acked' })
    expect(taken).toEqual([])
  })

  it('keeps two connections, and opens the next before it closes one that is to be renewed', async () => {
    const { far, taken } = await connect()
    await expect.poll(far.sockets.open).toBe(2)
    for (const reason of ['warning', 'refresh_requested']) {
      far.sockets.disconnect(reason, { all: true, afterMs: 1_000 })
      await expect.poll(far.sockets.open).toBe(4)
      await far.sockets.deliver('slash_commands', enveloped(slashForm('/ping')))
      await expect.poll(far.sockets.open).toBe(2)
    }
    expect(taken).toHaveLength(2)
  })

  it('renews connections before their hour is over', async () => {
    const far = await startFar()
    far.sockets.lastsSeconds = 1
    await connect({ far })
    let fewest = 2
    await expect
      .poll(
        () => {
          fewest = Math.min(fewest, far.sockets.open())
          return far.sockets.opened()
        },
        { timeout: 5_000 },
      )
      .toBeGreaterThan(4)
    expect(fewest).toBeGreaterThan(0)
  })

  it('opens one that is lost again while the other takes all, and reports only the loss of both', async () => {
    const { far, taken, ended } = await connect()
    await expect.poll(far.sockets.open).toBe(2)
    far.sockets.cut()
    expect(await far.sockets.deliver('slash_commands', enveloped(slashForm('/ping')))).toMatchObject({ ended: 'acked' })
    await expect.poll(far.sockets.opened).toBe(3)
    expect(taken).toHaveLength(1)
    far.sockets.cut({ all: true })
    await expect(ended).rejects.toThrow(ConnectionError)
    await expect(ended).rejects.toMatchObject({ slow: false })
  })

  it('leaves when it is told to, once what is in work is acknowledged', async () => {
    let keep = (_: boolean) => {}
    const kept = new Promise<boolean>((resolve) => {
      keep = resolve
    })
    const { far, ended, leave, taken } = await connect({ keep: () => kept })
    const outcome = far.sockets.deliver('slash_commands', enveloped(slashForm('/ping')))
    await expect.poll(() => taken.length).toBe(1)
    leave()
    await new Promise((resolve) => setTimeout(resolve, 50))
    keep(true)
    expect(await outcome).toMatchObject({ ended: 'acked' })
    await ended
    expect(far.sockets.open()).toBe(0)
  })

  it.each([
    ['a token that is wrong', { SLACK_APP_TOKEN: 'xapp-1-hush' }, 'does not take SLACK_APP_TOKEN (invalid_auth)'],
    ['Socket Mode that is switched off', {}, 'switched off'],
  ])('reports %s as something that trying again does not mend', async (what, env, message) => {
    const far = await startFar()
    const connecting = connect({ far, env: { ...socketEnv, ...env } })
    if (what.startsWith('Socket')) {
      await connecting
      far.sockets.disconnect('link_disabled')
    }
    const failure = await (await connecting).ended.catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'connection', slow: true, message: expect.stringContaining(message) })
    expect(String(failure)).not.toContain('hush')
  })

  it('gives up on a service that hangs up before it has greeted', async () => {
    const far = await startFar()
    far.sockets.greets = false
    await expect((await connect({ far })).ended).rejects.toThrow('hung up before it greeted')
  })

  it('connects to no address that may not be called', async () => {
    const far = await startFar()
    for (const [url, message] of [
      ['wss://10.0.0.1/link', '10.0.0.1: the address is not allowed'],
      ['ws://example.com/link', 'Only wss addresses without a password'],
      ['wss://me:you@example.com/', 'Only wss addresses without a password'],
      ['nonsense', 'it gives no address'],
      [undefined, 'it gives no address'],
    ]) {
      far.instead(/connections.open/, { body: { ok: true, url } })
      const { ended } = await connect({ far })
      await expect(ended).rejects.toMatchObject({ code: 'connection', slow: false })
      await expect(ended).rejects.toThrow(message)
      await expect(ended).rejects.not.toThrow(/link|you/)
    }
  })

  it('keeps its counsel about a service that is down', async () => {
    const far = await startFar()
    far.instead(/connections.open/, { status: 500 })
    const { ended } = await connect({ far })
    await expect(ended).rejects.toMatchObject({ code: 'connection', slow: false })
  })

  it('refuses what comes for a workspace that has not installed the app, and hears of uninstalling', async () => {
    const { far, bot, taken } = await connect({ env: { ...socketEnv, SLACK_BOT_TOKEN: '', ...oauthEnv } })
    far.sockets.retriesMs = []
    const installation = { id: 'T0001', platform: 'slack', tenant: { id: 'T0001' }, secrets: { botToken } }
    const typed = (ackMs: number) => {
      far.sockets.ackMs = ackMs
      return far.sockets.deliver('slash_commands', enveloped(slashForm('/ping')))
    }
    expect(await typed(500)).toMatchObject({ ended: 'operation_timeout' })
    await bot.installations.save({ ...installation, details: { botUserId: 'UBOT', installedAt: 0, scopes: [] } })
    expect(await typed(patientMs)).toMatchObject({ ended: 'acked' })
    const gone = enveloped(eventBody({ type: 'app_uninstalled', user: undefined }))
    expect(await far.sockets.deliver('events_api', gone)).toMatchObject({ ended: 'acked' })
    expect(await typed(500)).toMatchObject({ ended: 'operation_timeout' })
    await expect.poll(() => bot.lines.filter((line) => line.includes('not acknowledged'))).toHaveLength(2)
    expect(taken).toHaveLength(1)
  })

  it('says of people of other companies that they are', async () => {
    const { far, taken } = await connect()
    const user = { id: 'U0009', username: 'eve', team_id: 'T0009' }
    await far.sockets.deliver('interactive', enveloped(pressForm('/ping', { user })))
    const event = { type: 'message', text: '!ping', user: 'U0009', source_team: 'T0009' }
    await far.sockets.deliver('events_api', enveloped(eventBody(event)))
    expect(taken.map(({ user: { external } }) => external)).toEqual([true, true])
  })

  it('has no token in its log', async () => {
    const { far, bot, ended } = await connect({ far: await startFar() })
    far.sockets.cut({ all: true })
    await ended.catch(() => {})
    expect(bot.lines.join('\n')).not.toContain('xapp-')
    expect(bot.lines.join('\n')).not.toContain('ticket')
  })

  async function startFar(): Promise<Slack> {
    const far = await startSlack()
    endings.push(far.close)
    return far
  }

  /** A bot whose connection stands, or was refused. */
  async function connect(options: Partial<SlackBotOptions> & Connecting = {}) {
    const far = options.far ?? (await startFar())
    const bot: SlackBot = await startSlackBot(far, { env: socketEnv, ...options })
    endings.push(bot.close)
    const taken: NonNullable<ReturnType<typeof bot.platform.decode>['invocation']>[] = []
    const accept: Accept = async (verified: Verified, send) => {
      const { ack, invocation } = bot.platform.decode(verified)
      if (invocation) taken.push(invocation)
      if (options.keep && !(await options.keep())) throw new UnavailableError('the disk is full', 1)
      const given = options.answer && send ? { status: 200, body: options.answer } : ack
      await send?.(given)
      return given
    }
    const leaving = new AbortController()
    let ended: Promise<void> = Promise.resolve()
    const stands = new Promise<void>((resolve) => {
      ended = bot.platform.connect?.(accept, leaving.signal, resolve) ?? Promise.reject(new Error('it connects not'))
      ended.catch(() => resolve())
    })
    endings.push(async () => {
      leaving.abort()
      await ended.catch(() => {})
    })
    await stands
    return { far, bot, taken, ended, leave: () => leaving.abort() }
  }
})

interface Connecting {
  readonly far?: Slack
  /** Whether what comes is kept. */
  readonly keep?: () => boolean | Promise<boolean>
  /** What rides in the ack, where it may. */
  readonly answer?: Readonly<Record<string, unknown>>
}

/** For what must be acknowledged, however busy the machine is. */
const patientMs = 60_000

const doors = { slash_commands: '/commands', interactive: '/interactivity', events_api: '/events' } as const

/** The same line by each way. */
function said(line: string) {
  return [
    ['slash_commands', slashForm(line)],
    ['interactive', pressForm(line)],
    ['events_api', eventBody({ type: 'message', text: line.replace('/', '!') })],
  ] as const
}
