import { describe, expect, it, vi } from 'vitest'
import { createOutbox, type DeliveryCheckpoints, type Transport } from '../../src/delivery/outbox.js'
import { DeliveryError, isBotError, NetworkError, UnavailableError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import { type Outcome, type Reply, say } from '../../src/model/reply.js'
import { createReplyChannel, type ReplyChannel } from '../../src/pipeline/reply-channel.js'
import { invocationOf } from '../fixtures/invocation.js'

describe('the outbox', () => {
  it('hands replies over in order, each noted before and after', async () => {
    const { send, parcel, shown, noted } = room()
    expect(await send(parcel(says('one', 'two')))).toBe('done')
    expect(shown).toEqual(['one', 'two'])
    expect(noted.filter((note) => note !== 'record' && note !== 'end:done')).toEqual([
      'sending',
      'sent',
      'sending',
      'sent',
    ])
  })

  it('notes that a reply is on its way only when it is its turn', async () => {
    const { send, parcel, shown, noted } = room()
    const job = parcel(says('one'))
    let begin = () => {}
    const turn = new Promise<void>((resolve) => {
      begin = resolve
    })
    const sent = send({ ...job, transport: { ...job.transport, awaitTurn: () => turn } })
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(noted).not.toContain('sending')
    begin()
    expect(await sent).toBe('done')
    expect([shown, noted.includes('sending')]).toEqual([['one'], true])
  })

  it('tries again what failed for now, and keeps the order', async () => {
    const { send, parcel, shown, noted, fail } = room()
    fail(new DeliveryError('busy', { retry: true }), new DeliveryError('busy', { retry: true }))
    expect(await send(parcel(says('one', 'two')))).toBe('done')
    expect(shown).toEqual(['one', 'two'])
    expect(noted.filter((note) => note === 'unsent')).toHaveLength(2)
  })

  it('tries again where a service or the store was not reached, whatever the platform makes of it', async () => {
    const { send, parcel, shown, fail } = room()
    fail(new NetworkError('no connection', 'connect'), new UnavailableError('Redis cannot be reached', 2))
    expect(await send(parcel(says('one')))).toBe('done')
    expect(shown).toEqual(['one'])
    fail(new NetworkError('the answer is too large', 'too-large'))
    expect(await send(parcel(says('two')))).toBe('undeliverable')
  })

  it('ends at a permanent refusal, and ends the run with it', async () => {
    const { send, parcel, shown, noted, fail } = room()
    let finished = false
    async function* endless(): AsyncGenerator<Reply, Outcome> {
      try {
        for (;;) yield say('more')
      } finally {
        finished = true
      }
    }
    fail(new DeliveryError('room archived', { retry: false }))
    expect(await send(parcel(endless()))).toBe('undeliverable')
    expect(shown).toEqual([])
    expect(finished).toBe(true)
    expect(noted).not.toContain('sent')
  })

  it('gives up when its time is over', async () => {
    const { send, parcel, fail } = room({ giveUpMs: 0 })
    fail(...Array.from({ length: 50 }, () => new DeliveryError('busy', { retry: true })))
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(await send(parcel(says('one')))).toBe('undeliverable')
  })

  it('does not give up, nor wait longer, because somebody set the clock', async () => {
    const { send, parcel, shown, fail } = room()
    fail(new DeliveryError('429', { retry: true, retryAfterMs: 20, installationWide: true }))
    const clock = vi.spyOn(Date, 'now')
    try {
      for (const hours of [1, -1]) {
        const sent = send(parcel(says(`${hours}`)))
        await new Promise((resolve) => setTimeout(resolve, 5))
        clock.mockReturnValue(Date.now() + hours * 3_600_000)
        fail(new DeliveryError('busy', { retry: true }))
        expect(await sent).toBe('done')
      }
    } finally {
      clock.mockRestore()
    }
    expect(shown).toEqual(['1', '-1'])
  })

  it('waits as told, and the whole installation with it', async () => {
    const { send, parcel, fail } = room()
    fail(new DeliveryError('429', { retry: true, retryAfterMs: 120, installationWide: true }))
    const started = Date.now()
    const first = send(parcel(says('one')))
    await new Promise((resolve) => setTimeout(resolve, 20))
    await send(parcel(says('two')))
    expect(Date.now() - started).toBeGreaterThanOrEqual(115)
    await first
  })

  it('lets other installations go on meanwhile', async () => {
    const { outbox, send, parcel, shown, fail } = room()
    fail(new DeliveryError('429', { retry: true, retryAfterMs: 600_000, installationWide: true }))
    void send(parcel(says('one'))).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 20))
    await send(parcel(says('two'), { ...invocation, installation: 'other' }))
    expect(shown).toEqual(['two'])
    outbox.stop()
  })

  it('lets a run finish, and keeps its replies noted, when it is stopped while it waits', async () => {
    const { outbox, send, parcel, noted, fail } = room()
    fail(new DeliveryError('down', { retry: true, retryAfterMs: 60_000 }))
    const sending = send(parcel(says('one', 'two')))
    await new Promise((resolve) => setTimeout(resolve, 20))
    outbox.stop()
    await expect(sending).rejects.toThrow('stopped')
    expect(noted).toContain('end:done')
    expect(noted.filter((note) => note === 'record')).toHaveLength(2)
    expect(noted).not.toContain('sent')
  })

  it('still hands over at once what a run says while it is stopped', async () => {
    const { outbox, send, parcel, shown } = room()
    outbox.stop()
    expect(await send(parcel(says('last words')))).toBe('done')
    expect(shown).toEqual(['last words'])
  })

  it('sends first what an earlier process had noted', async () => {
    const { send, parcel, shown } = room()
    await send(parcel(says('two'), invocation, { recorded: [say('one')] }))
    expect(shown).toEqual(['one', 'two'])
  })

  it('keeps progress sparse where nothing can be edited, and notes only what is shown', async () => {
    const { send, parcel, shown, noted } = room()
    async function* counts(): AsyncGenerator<Reply, Outcome> {
      for (const text of ['1', '2', '3']) yield say(text, { updateKey: 'count' })
      yield say('done')
      return 'done'
    }
    await send(parcel(counts(), invocation, { canEdit: () => false }))
    expect(shown.splice(0)).toEqual(['1', '3', 'done'])
    expect(noted.filter((note) => note === 'record')).toHaveLength(3)
    await send(parcel(counts()))
    expect(shown).toEqual(['1', '2', '3', 'done'])
  })

  it('stops when the notes cannot be kept', async () => {
    const { send, parcel } = room()
    const broken = parcel(says('one'))
    const checkpoints = { ...broken.checkpoints, sending: () => Promise.reject(new Error('disk full')) }
    await expect(send({ ...broken, checkpoints })).rejects.toThrow('disk full')
  })
})

const invocation = invocationOf('i1')

async function* says(...texts: string[]): AsyncGenerator<Reply, Outcome> {
  for (const text of texts) yield say(text)
  return 'done'
}

/** A room that shows what arrives, and fails as often as it is told to. */
function room({ giveUpMs }: { giveUpMs?: number } = {}) {
  const shown: string[] = []
  const noted: string[] = []
  const failures: Error[] = []
  const note = async (what: string) => void noted.push(what)
  const checkpoints: DeliveryCheckpoints = {
    record: () => note('record'),
    sending: () => note('sending'),
    unsent: () => note('unsent'),
    sent: () => note('sent'),
    end: (outcome) => note(`end:${outcome}`),
  }
  const way = {
    maxTextLength: 1_000,
    async deliver(reply: Reply) {
      const failure = failures.shift()
      if (failure) throw failure
      if (reply.kind === 'text') shown.push(reply.text)
    },
  }
  const outbox = createOutbox({ log: silentLogger, ...(giveUpMs === undefined ? {} : { giveUpMs }) })
  const parcel = (
    said: AsyncGenerator<Reply, Outcome>,
    from = invocation,
    { recorded = [], canEdit = () => true }: { recorded?: readonly Reply[]; canEdit?: () => boolean } = {},
  ) => {
    const transport: Transport = { ...way, canEdit }
    const replies = createReplyChannel({
      transport,
      checkpoints,
      recorded,
      onAbandoned: () => void said.return('done'),
    })
    void sayAll(said, replies)
    return { invocation: from, replies, transport, checkpoints }
  }
  /** Delivers, and says how the call ended. */
  const send = async (job: ReturnType<typeof parcel>): Promise<Outcome> => {
    try {
      await outbox.send(job)
      return await job.replies.ended
    } catch (error) {
      if (isBotError(error, 'delivery')) return 'undeliverable'
      throw error
    }
  }
  return { outbox, send, parcel, shown, noted, fail: (...errors: Error[]) => failures.push(...errors) }
}

async function sayAll(said: AsyncGenerator<Reply, Outcome>, replies: ReplyChannel): Promise<void> {
  for (;;) {
    const step = await said.next()
    if (step.done) return replies.end(step.value)
    replies.put(step.value)
  }
}
