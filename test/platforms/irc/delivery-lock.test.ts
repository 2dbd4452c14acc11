import { describe, expect, it } from 'vitest'
import { say, whisper } from '../../../src/model/reply.js'
import { createTurns } from '../../../src/platforms/irc/delivery-lock.js'
import { systemClock } from '../../../src/shared/clock.js'
import { invocationOf } from '../../fixtures/invocation.js'

const ops = invocationOf('1', { replyTo: { channel: '#ops', source: 'alice!a@host' } })
const dev = invocationOf('2', { replyTo: { channel: '#dev', source: 'bob!b@host' } })

describe('replies on IRC', () => {
  it('are delivered to a channel one at a time, in order, even if one fails', async () => {
    const { awaitTurn, use } = createTurns(systemClock)
    const order: string[] = []
    const [one, two, elsewhere, alone] = [say('one'), say('two'), say('elsewhere'), whisper('alone')]
    const first = awaitTurn(one, ops).then(() => order.push('one'))
    const second = awaitTurn(two, ops).then(() => order.push('two'))
    await Promise.all([first, awaitTurn(elsewhere, dev), awaitTurn(alone, ops)])
    expect(order).toEqual(['one'])
    await use(one, () => Promise.reject(new Error('refused'))).catch(() => order.push('refused'))
    await second
    expect(order).toEqual(['one', 'refused', 'two'])
  })

  it('of one person do not keep those of another waiting: people take turns in a channel', async () => {
    const { awaitTurn, use } = createTurns(systemClock)
    const order: string[] = []
    const by = (id: string) => ({ ...ops, user: { id, name: id } })
    const deliver = async (text: string, id: string) => {
      const reply = say(text)
      await awaitTurn(reply, by(id))
      await use(reply, async () => void order.push(text))
    }
    const flood = [1, 2, 3, 4].map((count) => deliver(`flood ${count}`, 'mallory'))
    await Promise.all([...flood, deliver('pong', 'alice'), deliver('roll', 'bob'), deliver('pong again', 'alice')])
    expect(order).toEqual(['flood 1', 'roll', 'pong', 'pong again', 'flood 2', 'flood 3', 'flood 4'])
  })

  it('do not wait for one that has its turn but is not delivered', async () => {
    const { awaitTurn } = createTurns(systemClock, 5)
    await awaitTurn(say('never sent'), ops)
    await awaitTurn(say('next'), ops)
  })

  it('are delivered without a turn, too', async () => {
    const sent: string[] = []
    await createTurns(systemClock).use(say('now'), async () => void sent.push('now'))
    expect(sent).toEqual(['now'])
  })
})
