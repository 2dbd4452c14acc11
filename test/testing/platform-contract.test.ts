import { describe, expect, it } from 'vitest'
import { asDeliveryError } from '../../src/delivery/retry-rule.js'
import { DeliveryError, type RetryAdvice } from '../../src/model/errors.js'
import type { DecodedRequest, Platform, Verified, WebhookRequest } from '../../src/platforms/platform.js'
import { type PlatformKit, platformContract } from '../../src/testing/platform-contract.js'
import { startPigeon } from '../fixtures/pigeon.js'

describe('The smallest platform', () => {
  platformContract({ describe, it }, async () => startPigeon())
})

describe('The contract of a platform', () => {
  const believing: Change = ({ verify }, genuine) => ({ verify: () => verify(genuine) })
  const lastOnly: Change = ({ verify, decode }) => {
    let last: Verified | undefined
    return {
      verify: async (request) => (last = await verify(request)),
      decode: (verified) => decode(last ?? verified),
    }
  }
  const rereading: Change = ({ verify, decode }) => ({
    verify: async (request) => ({ ...(await verify(request)), payload: request }),
    decode: ({ payload, ...verified }: Verified<WebhookRequest>) =>
      decode({ ...verified, payload: JSON.parse(payload.body.toString()) }),
  })
  const decoding =
    (change: (incoming: DecodedRequest) => DecodedRequest): Change =>
    ({ decode }) => ({ decode: (...given) => change(decode(...given)) })
  const asked = (change: object) =>
    decoding(({ ack, invocation }) => ({ ack, ...(invocation ? { invocation: { ...invocation, ...change } } : {}) }))
  const delivering =
    (changed: Partial<RetryAdvice>): Change =>
    ({ deliver }) => ({
      deliver: (...given) =>
        deliver(...given).catch((error: unknown) => {
          const { message, retryAdvice } = asDeliveryError(error)
          throw new DeliveryError(message, { ...retryAdvice, ...changed })
        }),
    })

  const faults: readonly (readonly [string, Change, readonly RegExp[]])[] = [
    ['takes every request for the last one', lastOnly, [/exactly what was verified/]],
    ['reads the body once more', rereading, [/exactly what was verified/]],
    ['believes whoever asks', believing, [/forged, unsigned and stale/, /another tenant/]],
    ['takes every message for the same', asked({ id: 'always' }), [/repeated message the same id/]],
    ['gets the text wrong', asked({ text: '/ping' }), [/genuine/, /hostile/]],
    ['carries what is no JSON', asked({ replyTo: new Map() }), [/genuine/]],
    [
      'answers what is not for it',
      decoding(({ ack }) => ({ ack: { ...ack, status: 404 } })),
      [/genuine/, /not commands/],
    ],
    ['never tries again', delivering({ retry: false }), [/429/, /not after 400/, /connection breaks/, /36 times/]],
    ['tries again whatever the answer', delivering({ retry: true }), [/not after 400/]],
    ['waits longer than it was told', delivering({ retryAfterMs: 60_000 }), [/429/, /36 times/]],
    [
      'tries twice at once',
      ({ deliver }) => ({ deliver: (...given) => deliver(...given).catch(() => deliver(...given)) }),
      [/429/, /not after 400/, /36 times/],
    ],
    [
      'throws what it likes',
      ({ deliver }) => ({
        deliver: (...given) =>
          deliver(...given).catch(() => {
            throw new Error('no')
          }),
      }),
      [/429/, /not after 400/, /connection breaks/, /36 times/],
    ],
    ['swallows refusals', ({ deliver }) => ({ deliver: (...given) => deliver(...given).catch(() => {}) }), [/429/]],
  ]
  for (const [name, change, promises] of faults) {
    it(`is broken by one that ${name}`, async () => {
      const broken = await breaks(() => {
        const kit = startPigeon()
        return { ...kit, platform: { ...kit.platform, ...change(kit.platform, kit.genuine('/ping')) } }
      })
      for (const promise of promises) expect(broken).toContainEqual(expect.stringMatching(promise))
    })
  }

  it('is kept by one that has nothing wrong', async () => {
    expect(await breaks(startPigeon)).toEqual([])
  })

  it('asks for no proof of time where the service says none', async () => {
    const timeless = () => {
      const { stale: _, future: __, ...kit } = startPigeon()
      return kit
    }
    expect(await breaks(timeless)).toEqual([])
  })

  it('asks for no second try where the platform calls nobody', async () => {
    const quiet = () => {
      const { answerNext: _, cutNext: __, disconnect: ___, ...kit } = startPigeon()
      return kit
    }
    expect(await breaks(quiet)).toEqual([])
  })
})

/** What is wrong with a platform. */
type Change = (platform: Platform, genuine: ReturnType<PlatformKit['genuine']>) => Partial<Platform>

/** The promises that a platform breaks. */
async function breaks(start: () => PlatformKit): Promise<readonly string[]> {
  const tests: (readonly [name: string, body: () => Promise<void>])[] = []
  const runner = {
    describe: (_: string, body: () => void) => body(),
    it: (...test: (typeof tests)[number]) => tests.push(test),
  }
  platformContract(runner, async () => start())
  const broken: string[] = []
  for (const [name, body] of tests) await body().catch(() => broken.push(name))
  return broken
}
