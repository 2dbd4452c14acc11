import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { asDeliveryError, isFailedCall } from '../delivery/retry-rule.js'
import type { ConnectionError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import { say } from '../model/reply.js'
import type { Platform } from '../platforms/platform.js'
import { codeOf, messageOf } from '../shared/error-details.js'
import { createBotProcesses } from './bot-processes.js'
import { createPromises, type Runner } from './runner.js'
import { createUntil, type Until } from './until.js'

/** A platform that opens a connection, and a fake of the service at the other end. */
export interface ConnectionKit {
  /** Starts the platform as another process would: with the same settings and the same store. */
  start(): Platform
  /** Someone says `text` where the bot can hear it. The same `message` id means the same message, sent again. */
  say(text: string, message?: string): void
  /** True if the service repeats messages that were not acknowledged. */
  readonly saysAgain?: boolean
  /** The service sends messages that aren't commands, and events that aren't messages. */
  babble(): void
  /** Returns how many connections are open. */
  open(): number
  /** Breaks all connections without closing them. */
  cut(): void
  /** The ways in which the service can refuse a connection. It accepts the bot again afterward. */
  readonly refusals: readonly Refusal[]
  /** Someone else takes the bot's name. Leave out if that isn't possible. */
  takeName?(): void | Promise<void>
  /** Returns whether the bot said goodbye. Leave out if the protocol has no message for it. */
  tookLeave?(): boolean
  /** Returns the texts that reached the room, as people see them. */
  shown(): readonly string[]
  close(): Promise<void>
}

/** A way in which the service refuses a connection. */
export interface Refusal {
  readonly why: string
  /** True if retrying soon is pointless. */
  readonly slow: boolean
  /** A secret that must not appear in any message. */
  readonly secret?: string
  /** Starts a platform that will be refused. */
  start(): Platform
}

/** Declares tests of what every platform with `connect` must do. Each starts its own kit and waits up to `patienceMs` for each event. */
export function connectionContract(runner: Runner, start: () => Promise<ConnectionKit>, patienceMs = 30_000): void {
  const until = createUntil(patienceMs)
  const outcomeOf = createOutcomeOf(patienceMs)
  const promises = createPromises(runner, async () => {
    const kit = await start()
    const bot = createBotProcesses(kit.start, patienceMs)
    const close = async () => {
      await bot.stop()
      await kit.close()
    }
    return { kit, bot, close }
  })

  runner.describe('keeps the promises of a connection', () => {
    promises('accepts a message, and decodes its text, user and room', async ({ kit, bot }) => {
      const { platform } = await bot.connect()
      kit.say('/deploy status --env prod')
      const [invocation] = await bot.runs('/deploy status --env prod')
      assert.equal(invocation?.platform, platform.name)
      assert.ok(invocation.room.id, 'the room has an id')
      assert.ok(invocation.user.id, 'the user has an id')
      assert.deepEqual(JSON.parse(JSON.stringify(invocation)), invocation, 'the invocation is plain JSON')
    })

    promises('runs a repeated message once, and a different one with the same text too', async ({ kit, bot }) => {
      await bot.connect()
      kit.say('/ping', 'a message')
      await bot.runs('/ping')
      kit.say('/ping', 'a message')
      kit.say('/ping', 'another')
      await bot.runs('/ping', '/ping')
      kit.say('/over')
      await bot.runs('/ping', '/ping', '/over')
    })

    promises('does not run a message again that is repeated to the next process', async ({ kit, bot }) => {
      const first = await bot.connect()
      kit.say('/ping', 'a message')
      await bot.runs('/ping')
      await first.stop()
      await bot.connect()
      kit.say('/ping', 'a message')
      kit.say('/over')
      await bot.runs('/ping', '/over')
    })

    promises('reconnects after the connection was lost during a command, and answers once', async ({ kit, bot }) => {
      const { platform } = await bot.connect()
      kit.say('/ping')
      const [asked] = await bot.runs('/ping')
      kit.cut()
      if (asked) await deliverAtLast(platform, asked, until)
      await bot.runsAmongOthers('/over', () => kit.say('/over', 'over'))
      await bot.runs('/ping', '/over')
      assert.deepEqual(kit.shown(), ['pong'])
    })

    promises('reports a lost connection as one that can be opened again soon', async ({ kit, bot }) => {
      const platform = kit.start()
      const { ended } = await bot.connectBare(platform)
      kit.cut()
      assertFailed(await outcomeOf(ended), { slow: false })
    })

    promises('continues after a message could not be stored', async ({ kit, bot }) => {
      await bot.connect()
      bot.keepNothing(true)
      kit.say('/lost')
      await until(() => bot.refused() > 0, 'a message was not stored')
      bot.keepNothing(false)
      await until(() => kit.open() > 0, 'it is connected')
      await bot.runsAmongOthers('/after', () => kit.say('/after', 'after'))
      if (kit.saysAgain) await bot.runsAmongOthers('/lost')
    })

    promises('ignores events that are not commands', async ({ kit, bot }) => {
      await bot.connect()
      kit.babble()
      await bot.runsAmongOthers('/over', () => kit.say('/over', 'over'))
      assert.deepEqual(bot.texts(), ['/over'])
    })

    promises('accepts every message of a flood once', async ({ kit, bot }) => {
      await bot.connect()
      const lines = Array.from({ length: 300 }, (_, at) => `/echo ${at}`)
      for (const line of lines) kit.say(line)
      await until(
        () => bot.texts().length >= lines.length,
        'all messages arrived',
        () => `${bot.texts().length} arrived`,
      )
      assert.deepEqual(new Set(bot.texts()), new Set(lines))
      assert.equal(bot.texts().length, lines.length)
    })

    promises('disconnects cleanly when asked to, and accepts nothing afterward', async ({ kit, bot }) => {
      const { leave, ended } = await bot.connectBare(kit.start())
      leave()
      assert.equal(await outcomeOf(ended), undefined, 'it disconnected without an error')
      await until(() => kit.open() === 0, 'no connection is open')
      if (kit.tookLeave) assert.ok(kit.tookLeave(), 'it said goodbye')
      kit.say('/late')
      await sleep(100)
      assert.deepEqual(bot.texts(), [])
    })

    promises('connects only when asked to, and can be stopped before it has connected', async ({ kit, bot }) => {
      const platform = kit.start()
      await sleep(100)
      assert.equal(kit.open(), 0, 'it does not connect before it is asked to')
      const { leave, ended } = bot.begin(platform)
      leave()
      assert.equal(await outcomeOf(ended), undefined, 'it disconnected without an error')
      await until(() => kit.open() === 0, 'no connection is open')
    })

    promises('reports why it was refused, without secrets, and whether a retry soon can help', async ({ kit, bot }) => {
      for (const { why, slow, secret, start: startRefused } of kit.refusals) {
        const failure = await outcomeOf(bot.begin(startRefused()).ended)
        assertFailed(failure, { slow, why })
        if (secret) assert.ok(!messageOf(failure).includes(secret), `${why}: the message contains the secret`)
      }
      await bot.connect()
    })

    promises('connects under another name if its own is taken', async ({ kit, bot }) => {
      await kit.takeName?.()
      await bot.connect()
      kit.say('/ping')
      await bot.runs('/ping')
    })

    promises('is held by one of two processes until the other takes over', async ({ kit, bot }) => {
      const first = await bot.connect()
      const second = bot.stand()
      await until(() => second.state() === 'standby', 'the other is on standby')
      kit.say('/ping', 'a message')
      await bot.runs('/ping')
      assert.equal(second.state(), 'standby', 'it is still on standby')
      await first.stop()
      await until(() => second.state() === 'connected', 'the other takes over')
      kit.say('/ping', 'a message')
      kit.say('/over')
      await bot.runs('/ping', '/over')
      assert.equal(first.ran().length, 1)
    })
  })
}

/** Creates a function that resolves with how a connection ended; undefined if it was closed on purpose. */
function createOutcomeOf(patienceMs: number) {
  return async (ended: Promise<void>): Promise<unknown> => {
    const late = sleep(patienceMs, 'it did not end', { ref: false })
    return await Promise.race([ended, late]).then(
      (said) => said ?? undefined,
      (error: unknown) => error ?? 'it was rejected with nothing',
    )
  }
}

function assertFailed(
  failure: unknown,
  { slow, why = 'lost' }: { readonly slow: boolean; readonly why?: string },
): void {
  assert.equal(codeOf(failure), 'connection', `${why}: it does not throw ConnectionError: ${failure}`)
  assert.equal((failure as ConnectionError).slow, slow, `${why}: slow`)
}

/** Like the outbox, without its pauses. */
async function deliverAtLast(platform: Platform, asked: Invocation, until: Until): Promise<void> {
  await until(async () => {
    try {
      await platform.deliver(say('pong'), asked)
      return true
    } catch (error) {
      assert.ok(isFailedCall(error), String(error))
      assert.equal(asDeliveryError(error).retryAdvice.retry, true, 'it is tried again')
      return false
    }
  }, 'it is delivered')
}
