import { EventEmitter } from 'node:events'
import { describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/model/logger.js'
import type { Client } from '../../../src/platforms/xmpp/connection/library.js'
import { createSavedSession, type SessionState } from '../../../src/platforms/xmpp/connection/saved-session.js'
import { outlastProcess } from '../../../src/platforms/xmpp/connection/stream-management.js'
import type { Element } from '../../../src/platforms/xmpp/wire.js'
import { createEncryptor } from '../../../src/stores/encryption.js'
import { createMemoryStore } from '../../../src/stores/memory.js'

const management = 'urn:xmpp:sm:3'

describe('stream management that outlasts the process', () => {
  it('confirms what arrived only once it is stored', async () => {
    const { client, sent } = testClient()
    const keeping = testKeeping()
    outlastProcess(client, { saved: undefined, keep: keeping.keep, pauseMs: 0 })
    const told = client.send(element('a', { h: '3' }))
    await client.send(element('message', {}))
    expect(sent()).toEqual(['message'])
    keeping.finish()
    await told
    expect(sent()).toEqual(['message', 'a 3'])
    expect(keeping.kept).toEqual([{ id: 'id-1', jid: 'bot@chat.example/here', handled: 3 }])
  })

  it('sends only the last confirmation requested meanwhile, and none over another connection', async () => {
    const { client, sent } = testClient()
    const keeping = testKeeping()
    outlastProcess(client, { saved: undefined, keep: keeping.keep, pauseMs: 0 })
    const told = [1, 2, 3].map((h) => client.send(element('a', { h: String(h) })))
    for (let at = 0; at < 3; at++) await new Promise((resolve) => setImmediate(resolve).unref() && keeping.finish())
    await Promise.all(told)
    expect(sent()).toEqual(['a 3'])
    const late = client.send(element('a', { h: '4' }))
    client.emit('disconnect')
    keeping.finish()
    await late
    expect(sent()).toEqual(['a 3'])
  })

  it('resumes another process’s session without counting what that process sent', () => {
    const { client, addresses } = testClient()
    const sm = client.streamManagement
    outlastProcess(client, {
      saved: { id: 'id-0', jid: 'bot@chat.example/there', handled: 17 },
      keep: async () => undefined,
    })
    expect([sm.id, sm.inbound, sm.outbound, addresses()]).toEqual(['id-0', 17, 0, ['bot@chat.example/there']])
    client.emit('nonza', element('resumed', { h: '5' }))
    expect(sm.outbound).toBe(5)
    sm.outbound = 6
    client.emit('nonza', element('resumed', { h: '7' }))
    expect(sm.outbound).toBe(6)
  })
})

describe('the session that a process leaves', () => {
  const state: SessionState = { id: 'secret-id', jid: 'bot@chat.example/here', handled: 4 }

  it('is found by the next one, encrypted in the store, and unreadable with another key', async () => {
    const store = createMemoryStore()
    const open = (key: number) =>
      createSavedSession({
        store,
        encryptor: createEncryptor({ key: Buffer.alloc(32, key) }),
        jid: 'bot@chat.example',
        log: silentLogger,
      })
    expect(await open(1).load()).toBeUndefined()
    await open(1).save(state)
    expect(await open(1).load()).toEqual(state)
    expect(await open(2).load()).toBeUndefined()
    for await (const [, value] of store.list('')) expect(JSON.stringify(value)).not.toContain('secret-id')
  })

  it('is reported if it cannot be looked up', async () => {
    const store = {
      get: async () => Promise.reject(new Error('away')),
      set: async () => Promise.reject(new Error('away')),
    }
    const saved = createSavedSession({
      store,
      encryptor: createEncryptor({ key: Buffer.alloc(32) }),
      jid: 'bot@chat.example',
      log: silentLogger,
    })
    await expect(saved.load()).rejects.toThrow('away')
    await saved.save(state)
  })
})

function testClient() {
  const sent: string[] = []
  const addresses: string[] = []
  const client = Object.assign(new EventEmitter(), {
    jid: { toString: () => 'bot@chat.example/here' },
    streamManagement: { id: 'id-1', inbound: 0, outbound: 0 },
    _jid: (jid: string) => addresses.push(jid),
    async send({ name, attrs }: Element) {
      sent.push([name, ...(attrs['h'] ? [attrs['h']] : [])].join(' '))
    },
  }) as unknown as Client
  return { client, sent: () => sent, addresses: () => addresses }
}

function testKeeping() {
  const kept: SessionState[] = []
  const waiting: (() => void)[] = []
  return {
    kept,
    keep: (state: SessionState) =>
      new Promise<void>((resolve) => {
        kept.push(state)
        waiting.push(resolve)
      }),
    finish() {
      for (const resolve of waiting.splice(0)) resolve()
    },
  }
}

function element(name: string, attrs: Record<string, string>): Element {
  return {
    name,
    attrs,
    is: (wanted: string, xmlns?: string) => wanted === name && (xmlns === undefined || xmlns === management),
    getChild: () => undefined,
  } as unknown as Element
}
