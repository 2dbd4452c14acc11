import assert from 'node:assert/strict'
import { asDeliveryError, isFailedCall, nextPauseMs } from '../delivery/retry-rule.js'
import type { RetryAdvice } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import { assertNotReplayed, type ReplayToken } from '../model/replay-protection.js'
import { type Reply, say, whisper } from '../model/reply.js'
import type { Ack, Platform, WebhookRequest } from '../platforms/platform.js'
import { codeOf } from '../shared/error-details.js'
import { createPromises, type Runner } from './runner.js'

export { type ConnectionKit, connectionContract, type Refusal } from './connection-contract.js'
export { createPlatformDeps, type PlatformDepsOptions } from './platform-deps.js'
export type { Runner } from './runner.js'

/** A platform to test, and a fake of its service that signs requests and answers calls. */
export interface PlatformKit {
  readonly platform: Platform
  /** Returns a properly signed request for `text`. The same `message` id means the same message, delivered again. */
  genuine(text: string, message?: string): WebhookRequest
  /** Returns a request signed with a wrong secret. */
  forged(text: string): WebhookRequest
  /** Returns a request without a signature. */
  unsigned(text: string): WebhookRequest
  /** Returns a request signed too long ago. Leave out if the service doesn't sign the time. */
  stale?(text: string): WebhookRequest
  /** Returns a request signed with a time far in the future. Leave out if the service doesn't sign the time. */
  future?(text: string): WebhookRequest
  /** Returns a request signed for one tenant whose body names another. Leave out if the signature covers the body. */
  foreign?(text: string): WebhookRequest
  /** Returns properly signed requests that the bot should ignore. */
  ignored(): readonly WebhookRequest[]
  /**
   * The service receives this ack for that request and shows the answer in it. Throws for an ack that it would refuse. Leave
   * out if the platform has no `answer`.
   */
  acknowledge?(ack: Ack, request: WebhookRequest): void
  /** Sets the service's response to the next delivery. Leave out, like the next two, if the platform makes no HTTP calls. */
  answerNext?(status: number, headers?: Readonly<Record<string, string>>): void
  /** Breaks the connection of the next delivery before it is answered. */
  cutNext?(): void
  /** Makes the service refuse connections from now on. */
  disconnect?(): Promise<void>
  /** Makes the reply address or token that the service issued expire. Leave out if it issues none that do. */
  expire?(): void
  /** Returns the texts that reached the room, as people see them. */
  shown(): readonly string[]
  close(): Promise<void>
}

/** Declares tests of what every platform must do. Each one starts a kit of its own and closes it. */
export function platformContract(runner: Runner, start: () => Promise<PlatformKit>): void {
  const promises = createPromises(runner, start)

  runner.describe('keeps the promises of a platform', () => {
    promises('accepts a genuine request, and decodes its text, user and room', async ({ platform, genuine }) => {
      const { status, invocation } = await enter(platform, genuine('/deploy status --env prod'))
      assert.ok(status < 300, `acknowledged with ${status}`)
      assert.equal(invocation?.platform, platform.name)
      assert.equal(invocation.text, '/deploy status --env prod')
      assert.ok(invocation.room.id, 'the room has an id')
      assert.ok(invocation.user.id, 'the user has an id')
      assert.deepEqual(JSON.parse(JSON.stringify(invocation)), invocation, 'the invocation is plain JSON')
    })

    promises('refuses forged, unsigned and stale requests, and those from the future', async (kit) => {
      for (const kind of ['forged', 'unsigned', 'stale', 'future'] as const) {
        const request = kit[kind]?.('/ping')
        if (request) await assert.rejects(enter(kit.platform, request), unverified, `${kind}: the request was accepted`)
      }
    })

    promises('refuses a body that names another tenant than the verified one', async (kit) => {
      if (kit.foreign) await assert.rejects(enter(kit.platform, kit.foreign('/ping')), unverified)
    })

    promises('does not run a replayed request again', async ({ platform, genuine }) => {
      const seen = new Set<string>()
      const request = genuine('/ping')
      assert.equal((await enter(platform, request, seen)).fresh, true)
      const second = await enter(platform, { ...request }, seen).catch(() => undefined)
      assert.notEqual(second?.fresh, true)
    })

    promises(
      'decodes exactly what was verified, even if other requests come in between',
      async ({ platform, genuine }) => {
        const requests = [genuine('/one'), genuine('/other')]
        const verified = await Promise.all(requests.map((request) => platform.verify(request)))
        for (const { body } of requests) body.fill(' ')
        const texts = verified.map((one) => platform.decode(one).invocation?.text)
        assert.deepEqual(texts, ['/one', '/other'])
      },
    )

    promises('gives a repeated message the same id, and another message another', async (kit) => {
      const idOf = async (message: string) => (await enter(kit.platform, kit.genuine('/ping', message))).invocation?.id
      const one = await idOf('a')
      assert.ok(one, 'there is an id')
      assert.equal(await idOf('a'), one)
      assert.notEqual(await idOf('b'), one)
    })

    promises('acknowledges requests that are not commands, and runs nothing', async ({ platform, ignored }) => {
      for (const request of ignored()) {
        const { status, invocation } = await enter(platform, request)
        assert.ok(status < 300, `acknowledged with ${status}`)
        assert.equal(invocation, undefined)
      }
    })

    promises('refuses a huge malformed body', async ({ platform, genuine }) => {
      const request = { ...genuine('/ping'), body: Buffer.alloc(1_048_576, '[') }
      const failure = await enter(platform, request).catch((error: unknown) => error)
      const message = `it does not throw AuthenticationError or HttpError: ${failure}`
      assert.match(codeOf(failure), /^(unverified|request)$/, message)
    })

    promises('passes hostile text on unchanged, and shows it as text', async (kit) => {
      const { platform, genuine } = kit
      for (const text of hostile) {
        const invocation = await ask(platform, genuine(`/echo ${text}`))
        assert.equal(invocation.text, `/echo ${text}`)
        await platform.deliver(say(`You said ${text}.`), invocation)
      }
      assertShown(kit, hostile)
    })

    promises('shows a reply in an acknowledgement as it would deliver it, including hostile text', async (kit) => {
      if (!kit.platform.answer) return
      const rode: string[] = []
      for (const text of hostile) {
        for (const reply of [say(`You said ${text}.`), whisper(`You said ${text}.`)]) {
          if (await rideInAck(kit, kit.genuine(`/echo ${text}`), reply)) rode.push(text)
        }
      }
      assert.ok(rode.length >= hostile.length, 'some replies can be sent in the acknowledgement')
      assertShown(kit, rode)
    })

    promises('shows later replies below one in an acknowledgement, and nothing if there are none', async (kit) => {
      const invocation = await rideInAck(kit, kit.genuine('/ping'), whisper('pong'))
      if (!invocation) return
      await kit.platform.onInvocationEnd?.(invocation, 'done')
      assertShown(kit, ['pong'])
      await kit.platform.deliver(whisper('and more'), invocation)
      assertShown(kit, ['pong', 'and more'])
    })

    promises('delivers a reply once if it could not be sent in the acknowledgement after all', async (kit) => {
      const { platform } = kit
      const verified = await platform.verify(kit.genuine('/ping'))
      const { invocation } = platform.decode(verified)
      if (!invocation || !(await platform.answer?.(whisper('pong'), verified, invocation))) return
      await platform.deliver(whisper('pong'), invocation)
      await platform.onInvocationEnd?.(invocation, 'done')
      assertShown(kit, ['pong'])
    })

    promises('waits as long as the service asks for with a 429', async (kit) => {
      const asked = await ask(kit.platform, kit.genuine('/ping'))
      if (!kit.answerNext) return
      kit.answerNext(429, { 'retry-after': '7' })
      assert.equal(nextPauseMs(await adviceAfterFailure(kit, asked), 0, 0, { random: () => 0 }), 7_000)
    })

    promises('retries after 500, 502, 503 and 504, but not after 400, 403 and 404', async (kit) => {
      const asked = await ask(kit.platform, kit.genuine('/ping'))
      for (const status of kit.answerNext ? [400, 403, 404, 500, 502, 503, 504] : []) {
        kit.answerNext?.(status)
        assert.equal((await adviceAfterFailure(kit, asked)).retry, status >= 500, `after ${status}`)
      }
      await showsPong(kit, asked)
    })

    promises('retries if the connection breaks or cannot be opened', async (kit) => {
      const asked = await ask(kit.platform, kit.genuine('/ping'))
      kit.cutNext?.()
      if (kit.cutNext) assert.equal((await adviceAfterFailure(kit, asked)).retry, true, 'after a broken connection')
      await showsPong(kit, asked)
      await kit.disconnect?.()
      if (kit.disconnect) assert.equal((await adviceAfterFailure(kit, asked)).retry, true, 'if it cannot be opened')
    })

    promises('tries a reply at least 36 times in a quarter of an hour, and shows it once', async (kit) => {
      const asked = await ask(kit.platform, kit.genuine('/ping'))
      let [tries, elapsedMs] = [0, 0]
      // A simulated clock: only the pauses advance it, each by its longest length.
      for (let pauseMs: number | undefined = 0; kit.answerNext && pauseMs !== undefined; tries++) {
        elapsedMs += pauseMs
        kit.answerNext(503)
        pauseMs = nextPauseMs(await adviceAfterFailure(kit, asked), tries, elapsedMs, { random: () => 1 })
      }
      assert.equal(tries, kit.answerNext ? 36 : 0)
      await showsPong(kit, asked)
    })

    promises('answers even if the reply address or token has expired', async (kit) => {
      if (!kit.expire) return
      const invocation = await ask(kit.platform, kit.genuine('/ping'))
      kit.expire()
      await showsPong(kit, invocation)
    })

    promises('answers a month later with the durable part of replyTo', async ({ platform, genuine, expire, shown }) => {
      const invocation = await ask(platform, genuine('/ping'))
      const asked = JSON.stringify(invocation)
      const replyTo = platform.durableReplyTo?.(invocation.replyTo)
      if (replyTo === undefined) return
      assert.equal(JSON.stringify(invocation), asked, 'replyTo itself is unchanged')
      assert.deepEqual(JSON.parse(JSON.stringify(replyTo)), replyTo, 'the durable part is plain JSON')
      expire?.()
      await platform.deliver(say('pong'), { ...invocation, id: 'later', at: invocation.at + 30 * 86_400_000, replyTo })
      assert.deepEqual(shown(), ['pong'])
    })
  })
}

/** Passes a request through a platform as the server does, with a journal that only remembers ids. Throws what `verify` throws. */
export async function enter(platform: Platform, request: WebhookRequest, seen = new Set<string>()): Promise<Entered> {
  const verified = await platform.verify(request)
  const { ack, invocation } = platform.decode(verified)
  const fresh = invocation !== undefined && !seen.has(invocation.id)
  const { replayToken } = verified
  if (replayToken) {
    const taken = replayTokens.get(platform) ?? new Map<string, ReplayToken>()
    assertNotReplayed(replayToken, taken.get(replayToken.key)?.body, fresh)
    replayTokens.set(platform, taken.set(replayToken.key, replayToken))
  }
  if (invocation) seen.add(invocation.id)
  return { status: ack.status, fresh, ...(invocation ? { invocation } : {}) }
}

/** The replay tokens that each platform has seen. */
const replayTokens = new WeakMap<Platform, Map<string, ReplayToken>>()

/** The outcome of a request. */
export interface Entered {
  readonly status: number
  /** True if there was an invocation that had not been seen before. */
  readonly fresh: boolean
  readonly invocation?: Invocation
}

const unverified = { code: 'unverified' }

async function ask(platform: Platform, request: WebhookRequest): Promise<Invocation> {
  const { invocation } = await enter(platform, request)
  return invocation ?? assert.fail('nothing was asked')
}

/** Answers a request in its ack, like the server if the call ends soon; undefined if the platform delivers the reply instead. */
async function rideInAck(kit: PlatformKit, request: WebhookRequest, reply: Reply): Promise<Invocation | undefined> {
  const { platform, acknowledge } = kit
  const verified = await platform.verify(request)
  const { invocation } = platform.decode(verified)
  const ack = invocation && (await platform.answer?.(reply, verified, invocation))
  if (!ack) return undefined
  assert.ok(ack.status < 300, `acknowledged with ${ack.status}`)
  assert.ok(acknowledge, 'the platform has `answer`: the kit needs `acknowledge`')
  acknowledge(JSON.parse(JSON.stringify(ack)), request)
  return invocation
}

async function showsPong({ platform, shown }: PlatformKit, asked: Invocation): Promise<void> {
  await platform.deliver(say('pong'), asked)
  assert.deepEqual(shown(), ['pong'])
}

/** The retry advice of a failed delivery. */
async function adviceAfterFailure({ platform }: PlatformKit, asked: Invocation): Promise<RetryAdvice> {
  const delivered = platform.deliver(say('pong'), asked).then(() => 'it was delivered')
  const failure: unknown = await delivered.catch((error: unknown) => error)
  assert.ok(isFailedCall(failure), String(failure))
  return asDeliveryError(failure).retryAdvice
}

/** Checks that each of these texts reached the room once, in this order, possibly within other text. */
function assertShown({ shown }: PlatformKit, texts: readonly string[]): void {
  assert.equal(shown().length, texts.length)
  for (const [at, text] of texts.entries()) {
    assert.ok(readable(shown()[at]).includes(readable(text)), `${shown()[at]} shows ${text}`)
  }
}

/** Ignores look-alike characters with which platforms suppress mentions. */
function readable(text = ''): string {
  return text.replaceAll('＠', '@')
}

const hostile: readonly string[] = [
  '<script>alert(1)</script>',
  '<b>&amp;</b> "quoted" \'single\'',
  '@all @here @channel <!channel>',
  '{{baseUrl}} $HOME $(id) `id` %s %n',
  '\u202eright to left\u202c \u200b\ufeff',
  '👩‍👩‍👧‍👦 é ﷽ \u0007',
  "'; DROP TABLE installations; --",
  '../../etc/passwd\\..\\..',
  '__proto__ constructor toString',
]
