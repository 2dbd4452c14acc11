import { describe, expect, it } from 'vitest'
import { ConnectionError, DeliveryError } from '../../src/model/errors.js'
import type { Platform, PlatformFactory, Verified } from '../../src/platforms/platform.js'
import { connectionContract } from '../../src/testing/platform-contract.js'
import { importExample } from '../fixtures/example.js'
import { startPager } from '../fixtures/pager.js'

const { pager } = await importExample<{ readonly pager: PlatformFactory }>(/'node:net'/, 'pager')

describe('The contract of a connection', () => {
  const connecting =
    (change: (connect: Connect) => Connect): Change =>
    ({ connect }) => ({ connect: change(connect ?? expect.fail()) })
  const failing = (toError: (error: ConnectionError) => unknown) =>
    connecting(
      (connect) =>
        (...given) =>
          connect(...given).catch((error: ConnectionError) => {
            throw toError(error)
          }),
    )
  const asked =
    (change: () => object): Change =>
    ({ decode }) => ({
      decode(verified) {
        const { ack, invocation } = decode(verified)
        return { ack, ...(invocation ? { invocation: { ...invocation, ...change() } } : {}) }
      },
    })
  const taking = (change: (accept: Parameters<Connect>[0]) => Parameters<Connect>[0]) =>
    connecting(
      (connect) =>
        (accept, ...given) =>
          connect(change(accept), ...given),
    )
  let count = 0

  const faults: readonly (readonly [string, Change, readonly RegExp[]])[] = [
    [
      'gives each message an id anew',
      asked(() => ({ id: String(++count) })),
      [/^runs a repeated message once/, /next process/, /two processes/],
    ],
    ['takes every message for the same', asked(() => ({ id: 'always' })), [/^runs a repeated message once/, /flood/]],
    ['gets the text wrong', asked(() => ({ text: '/x' })), [/^accepts a message/]],
    ['carries what is no JSON', asked(() => ({ replyTo: new Map() })), [/^accepts a message/]],
    [
      'takes talk for a command',
      ({ decode }) => ({
        decode: ({ payload, ...verified }: Verified<{ readonly text: string }>) =>
          decode({ ...verified, payload: { ...payload, text: `/${payload.text.replace('/', '')}` } }),
      }),
      [/not commands/],
    ],
    [
      'loses some',
      taking((accept) => async (verified) => (++count % 50 ? await accept(verified) : { status: 200 })),
      [/flood/],
    ],
    [
      'says that all is well where it is not',
      taking((accept) => (verified) => accept(verified).catch(() => ({ status: 500 }))),
      [/could not be stored/],
    ],
    [
      'ends as if it had left',
      connecting(
        (connect) =>
          (...given) =>
            connect(...given).catch(() => {}),
      ),
      [/reports a lost connection/, /refused/],
    ],
    ['throws what it likes', failing(() => new Error('no')), [/reports a lost connection/, /refused/]],
    [
      'always waits long',
      failing(({ message }) => new ConnectionError(message, { slow: true })),
      [/reports a lost connection/, /refused/],
    ],
    ['never waits long', failing(({ message }) => new ConnectionError(message)), [/refused/]],
    [
      'tells the secret',
      failing(({ slow }) => new ConnectionError('another token is not taken', { slow })),
      [/refused/],
    ],
    [
      'complains when it leaves',
      connecting((connect) => async (accept, signal, connected) => {
        await connect(accept, signal, connected)
        throw new ConnectionError('left')
      }),
      [/disconnects cleanly/, /stopped before it has connected/],
    ],
    [
      'stays',
      connecting((connect) => (accept, _, connected) => connect(accept, new AbortController().signal, connected)),
      [/disconnects cleanly/],
    ],
    [
      'connects before it is told to',
      ({ connect }) => {
        void connect?.(
          () => Promise.reject(new Error('no')),
          new AbortController().signal,
          () => {},
        ).catch(() => {})
        return {}
      },
      [/^connects only/],
    ],
    [
      'says it twice',
      ({ deliver }) => ({ deliver: (...given) => deliver(...given).then(() => deliver(...given)) }),
      [/during a command/],
    ],
    [
      'gives up what it could not deliver',
      ({ deliver }) => ({
        deliver: (...given) =>
          deliver(...given).catch(() => {
            throw new DeliveryError('no', { retry: false })
          }),
      }),
      [/during a command/],
    ],
  ]
  it.each(faults)('is broken by one that %s', async (_, change, promises) => {
    const broken: PlatformFactory = (...given) => {
      const platform = pager(...given)
      return platform && { ...platform, ...change(platform) }
    }
    for (const promise of promises) expect(await breaks(broken, promise)).toBe(true)
  })
})

type Connect = NonNullable<Platform['connect']>
/** What is wrong with a platform. */
type Change = (platform: Platform) => Partial<Platform>

/** Whether a platform breaks the promise of this name. */
async function breaks(factory: PlatformFactory, promise: RegExp): Promise<boolean> {
  const tests = new Map<string, () => Promise<void>>()
  const runner = {
    describe: (_: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => tests.set(name, body),
  }
  connectionContract(runner, () => startPager(factory), 1_500)
  const [name = expect.fail(`no promise is ${promise}`)] = [...tests.keys()].filter((one) => promise.test(one))
  return await (tests.get(name) ?? expect.fail())().then(
    () => false,
    () => true,
  )
}
