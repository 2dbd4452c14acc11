import { describe, expect, it } from 'vitest'
import { createOutbox } from '../../src/delivery/outbox.js'
import { DeliveryError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import { type Card, card, type Reply, say } from '../../src/model/reply.js'
import { createReplyChannel } from '../../src/pipeline/reply-channel.js'
import { invocationOf } from '../fixtures/invocation.js'

/** What was recorded of replies on their way to a platform that shows twenty letters of a card's text. */
function recorded(replies: readonly Reply[], isPublic = false): readonly Reply[] {
  const kept: Reply[] = []
  const channel = createReplyChannel({
    transport: { maxTextLength: 30, cardOverflow: ({ text = '' }: Card) => text.slice(20) },
    checkpoints: { record: async (reply) => void kept.push(reply), end: async () => undefined },
    isPublic,
  })
  for (const reply of replies) channel.put(reply)
  channel.end('done')
  return kept
}

const long = card({ title: 'Log', text: `${'a'.repeat(20)}${'b'.repeat(20)}` })

describe('a card with more in it than a platform has room for', () => {
  it('is recorded whole, and what has no room as a reply of its own, so that each is shown once', () => {
    expect(recorded([long, say('done')])).toEqual([long, say('b'.repeat(20)), say('done')])
  })

  it('is followed by as many texts as it takes', () => {
    const longer = card({ title: 'Log', text: `${'a'.repeat(20)}${'b'.repeat(40)}` })
    expect(recorded([longer])).toEqual([longer, say('b'.repeat(30)), say('b'.repeat(10))])
  })

  it('gives what follows its audience and tone, and sounds once', () => {
    const loud = { ...long, audience: 'caller', tone: 'bad', notify: true } as const
    const rest = { kind: 'text', text: 'b'.repeat(20), audience: 'caller', tone: 'bad' }
    expect(recorded([loud])).toEqual([loud, rest])
    expect(recorded([loud], true)).toMatchObject([{ audience: 'room' }, { audience: 'room' }])
  })

  it('keeps its name, and what follows has one too, so that a later card takes the place of both', () => {
    const [shown, rest] = recorded([{ ...long, updateKey: 'log' }])
    expect(shown?.updateKey).toBe('log')
    expect(rest?.updateKey).toBe('log (the rest)')
  })

  it('is not followed by blanks', () => {
    expect(recorded([card({ title: 'Log', text: `${'a'.repeat(20)}  \n` })])).toHaveLength(1)
  })

  it('is shown once where what follows it has to be tried again', async () => {
    const marks: string[] = []
    const mark = (name: string) => async () => void marks.push(name)
    const checkpoints = { record: mark('record'), sending: mark('sending'), unsent: mark('unsent'), sent: mark('sent') }
    const shown: string[] = []
    let refusals = 1
    const transport = {
      maxTextLength: 30,
      cardOverflow: ({ text = '' }: Card) => text.slice(20),
      async deliver(reply: Reply) {
        if (reply.kind === 'text' && refusals-- > 0) throw new DeliveryError('busy', { retry: true, retryAfterMs: 1 })
        shown.push(reply.kind)
      },
    }
    const replies = createReplyChannel({ transport, checkpoints: { ...checkpoints, end: mark('end') } })
    replies.put(long)
    replies.end('done')
    const outbox = createOutbox({ log: silentLogger })
    await outbox.send({
      invocation: invocationOf('1'),
      replies,
      transport,
      checkpoints: { ...checkpoints, end: mark('end') },
    })
    expect(shown).toEqual(['card', 'text'])
    expect(marks).toEqual(['record', 'record', 'end', 'sending', 'sent', 'sending', 'unsent', 'sending', 'sent'])
  })
})
