import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Installation } from '../../../src/model/installation.js'
import { decode } from '../../../src/platforms/hipchat/decode.js'
import { readPayload } from '../../../src/platforms/hipchat/wire.js'
import { fc } from '../../fixtures/property.js'
import { findShared } from '../../fixtures/shared.js'

const installation: Installation = {
  id: 'a-client',
  platform: 'hipchat',
  tenant: { id: 'chat/1' },
  details: {},
  secrets: {},
}

const readText = (body: string) => decode({ installation, payload: readPayload(Buffer.from(body)), receivedAt: 1_000 })
const read = (body: unknown) => readText(JSON.stringify(body))
const message = (changed: object = {}, room: object = { id: 40 }) => ({
  item: { message: { message: '/ping', from: { id: 5, name: 'Kim' }, ...changed }, room },
})

describe('HipChat decode', () => {
  it('needs a text, an author and a room, and nothing else', () => {
    const { ack, invocation } = read(message())
    expect(ack).toEqual({ status: 204 })
    expect(invocation).toEqual({
      id: invocation?.id,
      platform: 'hipchat',
      installation: 'a-client',
      tenant: { id: 'chat/1' },
      room: { id: '40', name: '40' },
      user: { id: '5', name: 'Kim' },
      text: '/ping',
      mentions: [],
      at: 1_000,
      replyTo: { roomId: '40' },
    })
    expect(invocation?.id).toMatch(/^[a-z2-7]{16}$/)
  })

  it('ignores what is no message to us, and acknowledges it', () => {
    const ignored = [
      {},
      { item: null },
      { item: [] },
      { item: 'x' },
      message({ message: null }),
      message({ message: 7 }),
      message({ message: '' }),
      message({ message: 'ping /ping' }),
      message({ from: 'an add-on' }),
      message({ from: undefined }),
      message({}, {}),
      message({}, { id: { toString: 1 } }),
      { ...message(), event: 'room_notification' },
      { ...message(), event: 'room_topic_change' },
      { ...message(), event: 7 },
    ]
    for (const body of ignored) expect(read(body)).toEqual({ ack: { status: 204 } })
  })

  it('takes the slashes and spaces that phones make', () => {
    for (const text of ['  /ping', '\u00a0/ping', '\u3000／ping', '\n/ping', '／ping']) {
      expect(read(message({ message: text })).invocation?.text).toBe(text)
    }
  })

  it('tells messages apart by their id, without one by all that was sent', () => {
    const id = (body: unknown) => read(body).invocation?.id
    expect(id(message({ id: 'a' }))).toBe(id({ ...message({ id: 'a' }), webhook_id: 9 }))
    expect(id(message({ id: 'a' }))).not.toBe(id(message({ id: 'b' })))
    expect(id(message({ id: 2 }))).toBe(id(message({ id: '2' })))
    expect(id(message())).toBe(id(message()))
    expect(id(message())).not.toBe(id(message({ message: '/pong' })))
  })

  it('knows when it was typed, whom it mentions, and where to answer', () => {
    const { invocation } = read(
      message({
        id: 'm1',
        date: '2016-09-09T08:23:02.932694+00:00',
        mentions: [{ id: 7, name: 'Bo', mention_name: 'BoB' }, null, 7],
      }),
    )
    expect(invocation).toMatchObject({
      at: Date.UTC(2016, 8, 9, 8, 23, 2, 932),
      replyTo: { roomId: '40', messageId: 'm1' },
    })
    expect(invocation?.mentions).toEqual([{ id: '7', name: 'Bo', mention: 'BoB' }])
    expect(read(message({ date: 'yesterday' })).invocation?.at).toBe(1_000)
  })

  it('refuses a body that is no JSON object', () => {
    for (const body of ['', '{', '[]', 'null', '7']) {
      expect(() => readText(body)).toThrow(expect.objectContaining({ status: 400 }))
    }
  })

  it('throws nothing but that, whatever comes', () => {
    const wild = fc.anything({ withNullPrototype: false, maxDepth: 4 })
    const shaped = fc.record({
      event: fc.constantFrom('room_message', undefined),
      item: fc.record({ message: wild, room: wild }),
    })
    fc.assert(
      fc.property(fc.oneof(shaped, wild), (value) => {
        const json = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? String(part) : part))
        try {
          expect(readText(json ?? '').ack.status).toBe(204)
        } catch (error) {
          expect(error).toMatchObject({ code: 'request', status: 400 })
        }
      }),
      { numRuns: 300 },
    )
  })

  it('decodes or politely ignores every webhook that was ever captured', () => {
    const corpus = findShared('hipchat/corpus/webhooks')
    if (!corpus) return
    const decoded: string[] = []
    for (const file of readdirSync(corpus)) {
      const body = readFileSync(`${corpus}/${file}`, 'utf8')
      const { ack, invocation } = readText(body)
      expect([file, ack.status]).toEqual([file, 204])
      if (!invocation) continue
      decoded.push(file)
      const { item } = JSON.parse(body) as { item: { message: { message: string }; room: { id: unknown } } }
      expect(invocation.text).toBe(item.message.message)
      expect(invocation.room.id).toBe(String(item.room.id))
    }
    expect(decoded.length).toBeGreaterThanOrEqual(12)
    expect(decoded.filter((file) => !file.startsWith('room-message'))).toEqual([])
  })
})
