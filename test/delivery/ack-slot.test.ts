import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createAckSlot } from '../../src/delivery/ack-slot.js'
import { type Reply, say } from '../../src/model/reply.js'

const textOf = (reply?: Reply) => (reply?.kind === 'text' ? reply.text : undefined)

describe('a slot in an acknowledgement', () => {
  it('is held beyond its time while what it was claimed for is written down', async () => {
    const slot = createAckSlot(textOf)
    const ack = slot.wait(5)
    expect(slot.claim(say('pong'))).toBe(true)
    await sleep(50)
    const arrived = slot.handOver()
    expect(await ack).toBe('pong')
    slot.settle(true)
    expect(await arrived).toBe(true)
  })

  it('is given up where that takes too long', async () => {
    const slot = createAckSlot(textOf)
    const ack = slot.wait(5)
    slot.claim(say('pong'))
    expect(await ack).toBeUndefined()
    expect(await slot.handOver()).toBe(false)
  })

  it('is left at once where nothing can ride in it, and is nobody’s after its time', async () => {
    const slot = createAckSlot(textOf)
    const ack = slot.wait(60_000)
    expect(slot.claim({ kind: 'card', card: { title: 'a' }, audience: 'room' })).toBe(false)
    expect(await ack).toBeUndefined()
    const late = createAckSlot(textOf)
    await late.wait(1)
    expect(late.claim(say('pong'))).toBe(false)
  })

  it('is left where what would show it fails, at once or later', async () => {
    const failing = createAckSlot(() => {
      throw new Error('a fault')
    })
    expect(failing.claim(say('pong'))).toBe(false)
    const later = createAckSlot(() => Promise.reject<string>(new Error('a fault')))
    const ack = later.wait(60_000)
    expect(later.claim(say('pong'))).toBe(true)
    expect(await later.handOver()).toBe(false)
    expect(await ack).toBeUndefined()
  })

  it('takes one claim', () => {
    const slot = createAckSlot(textOf)
    expect(slot.claim(say('one'))).toBe(true)
    expect(slot.claim(say('two'))).toBe(false)
  })
})
