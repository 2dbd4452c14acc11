import { afterEach, describe, expect, it } from 'vitest'
import type { Invocation } from '../../src/model/invocation.js'
import { say } from '../../src/model/reply.js'
import type { Platform, WebhookRequest } from '../../src/platforms/platform.js'

/** A platform over real parts, and its service as it would sign and answer. */
export interface PlatformKit {
  readonly platform: Platform
  /** A request that says `text`, signed as the service signs. The same `message` is the same message, delivered anew. */
  genuine(text: string, message?: string): WebhookRequest
  /** Signed with a secret that is not the service's. */
  forged(text: string): WebhookRequest
  /** Not signed at all. */
  unsigned(text: string): WebhookRequest
  /** Signed well, too long ago. */
  stale(text: string): WebhookRequest
  /** Signed well, by a clock that is far ahead. */
  future(text: string): WebhookRequest
  /** Signed well for one tenant, while the body speaks for another; undefined where the signature covers the body. */
  foreign?(text: string): WebhookRequest
  /** Signed well, and nothing that is for us. */
  ignored(): readonly WebhookRequest[]
  /** The service answers the next delivery so. */
  answerNext(status: number, headers?: Readonly<Record<string, string>>): void
  /** The texts that reached the room, as people see them. */
  shown(): readonly string[]
  close(): Promise<void>
}

/** What every platform promises. */
export function keepsPlatformPromises(start: () => Promise<PlatformKit>): void {
  describe('keeps the promises of a platform', () => {
    const started: PlatformKit[] = []
    const open = async () => {
      const kit = await start()
      started.push(kit)
      return kit
    }
    afterEach(async () => {
      await Promise.all(started.splice(0).map((kit) => kit.close()))
    })

    it('takes a genuine request, and says what was asked, by whom and where', async () => {
      const { platform, genuine } = await open()
      const { status, invocation } = await enter(platform, genuine('/deploy status --env prod'))
      expect(status).toBeLessThan(300)
      expect(invocation).toMatchObject({ platform: platform.name, text: '/deploy status --env prod' })
      expect(invocation?.room.id).toBeTruthy()
      expect(invocation?.user.id).toBeTruthy()
      expect(JSON.parse(JSON.stringify(invocation))).toEqual(invocation)
    })

    it('refuses what is forged, unsigned, stale, or from the future', async () => {
      const { platform, forged, unsigned, stale, future } = await open()
      for (const request of [forged('/ping'), unsigned('/ping'), stale('/ping'), future('/ping')]) {
        await expect(enter(platform, request)).rejects.toMatchObject({ code: 'unverified' })
      }
    })

    it('refuses a body that speaks for another tenant than the one that was proven', async () => {
      const { platform, foreign } = await open()
      if (foreign) await expect(enter(platform, foreign('/ping'))).rejects.toMatchObject({ code: 'unverified' })
    })

    it('runs a replayed request no second time', async () => {
      const { platform, genuine } = await open()
      const seen = new Set<string>()
      const request = genuine('/ping')
      const first = await enter(platform, request, seen)
      const second = await enter(platform, { ...request }, seen).catch((error: unknown) => error)
      expect(first.fresh).toBe(true)
      expect(second).not.toMatchObject({ fresh: true })
    })

    it('gives the same message the same id, however often it is delivered, and another message another', async () => {
      const { platform, genuine } = await open()
      const one = await enter(platform, genuine('/ping', 'a'))
      const again = await enter(platform, genuine('/ping', 'a'))
      const other = await enter(platform, genuine('/ping', 'b'))
      expect(again.invocation?.id).toBe(one.invocation?.id)
      expect(other.invocation?.id).not.toBe(one.invocation?.id)
    })

    it('acknowledges what is not for us, and asks for nothing', async () => {
      const { platform, ignored } = await open()
      for (const request of ignored()) {
        const { status, invocation } = await enter(platform, request)
        expect(status).toBeLessThan(300)
        expect(invocation).toBeUndefined()
      }
    })

    it('refuses a huge body of nothing before it believes a word', async () => {
      const { platform, genuine } = await open()
      const request = { ...genuine('/ping'), body: Buffer.alloc(1_048_576, '[') }
      await expect(enter(platform, request)).rejects.toMatchObject({
        code: expect.stringMatching(/unverified|request/),
      })
    })

    it('carries hostile text through as it is, and shows it as text', async () => {
      const { platform, genuine, shown } = await open()
      for (const text of hostile) {
        const { invocation } = await enter(platform, genuine(`/echo ${text}`))
        expect(invocation?.text).toBe(`/echo ${text}`)
        if (invocation) await platform.deliver(say(`You said ${text}.`), invocation)
      }
      expect(shown()).toHaveLength(hostile.length)
      for (const [at, text] of hostile.entries()) expect(readable(shown()[at])).toContain(readable(text))
    })

    it('tells the outbox to wait as long as the service says after 429', async () => {
      const { platform, genuine, answerNext } = await open()
      const { invocation } = await enter(platform, genuine('/ping'))
      answerNext(429, { 'retry-after': '7' })
      const failure = await fails(platform, invocation)
      expect(failure).toMatchObject({ code: 'delivery', redelivery: { retry: true, retryAfterMs: 7_000 } })
    })

    it('tells the outbox to try again after 500 and 503', async () => {
      const { platform, genuine, answerNext, shown } = await open()
      const { invocation } = await enter(platform, genuine('/ping'))
      for (const status of [500, 503]) {
        answerNext(status)
        expect(await fails(platform, invocation)).toMatchObject({ code: 'delivery', redelivery: { retry: true } })
      }
      if (invocation) await platform.deliver(say('pong'), invocation)
      expect(shown()).toEqual(['pong'])
    })

    it('tells the outbox to give up after a refusal for good', async () => {
      const { platform, genuine, answerNext } = await open()
      const { invocation } = await enter(platform, genuine('/ping'))
      for (const status of [400, 403, 404]) {
        answerNext(status)
        expect(await fails(platform, invocation)).toMatchObject({ code: 'delivery', redelivery: { retry: false } })
      }
    })
  })
}

/** A request's way in, as the server goes it, with a journal that only remembers ids. */
export async function enter(platform: Platform, request: WebhookRequest, seen = new Set<string>()): Promise<Entered> {
  const installation = await platform.verify(request)
  const { ack, invocation } = platform.decode(request, installation)
  const fresh = invocation !== undefined && !seen.has(invocation.id)
  if (!fresh && platform.repeated?.(request)) throw Object.assign(new Error('replayed'), { code: 'unverified' })
  if (invocation) seen.add(invocation.id)
  return { status: ack.status, fresh, ...(invocation ? { invocation } : {}) }
}

/** What came of a request. */
export interface Entered {
  readonly status: number
  /** True where there was an invocation that had not been seen. */
  readonly fresh: boolean
  readonly invocation?: Invocation
}

async function fails(platform: Platform, invocation: Invocation | undefined): Promise<unknown> {
  if (!invocation) throw new Error('nothing was asked')
  return await platform.deliver(say('pong'), invocation).then(
    () => undefined,
    (error: unknown) => error,
  )
}

/** Signs that a platform replaces by their kin so that they wake nobody are as good as themselves. */
function readable(text = ''): string {
  return text.replaceAll('＠', '@')
}

const hostile: readonly string[] = [
  '<script>alert(1)</script>',
  '<b>&amp;</b> "quoted" \'single\'',
  '@all @here @channel <!channel>',
  '{{baseUrl}} $HOME $(id) `id` %s %n',
  '‮right to left‬ \u200b\ufeff',
  '👩‍👩‍👧‍👦 é ﷽ \u0007',
  "'; DROP TABLE installations; --",
  '../../etc/passwd\\..\\..',
  '__proto__ constructor toString',
]
