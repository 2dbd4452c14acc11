import { describe, expect, it } from 'vitest'
import { createMemoryStore } from '../../src/stores/memory.js'
import { createTenantStore, encodeId } from '../../src/stores/tenant-store.js'
import { forge } from '../fixtures/forge.js'
import { invocationOf } from '../fixtures/invocation.js'

describe("a tenant's store", () => {
  it('keeps what one tenant wrote from all others, whatever their ids and keys', async () => {
    const store = createMemoryStore()
    const installations = ['acme', 'acme/a', 'acme%2fa', 'ACME', 'äcme']
    const of = (installation: string) => createTenantStore(store, invocationOf('1', { installation }))
    for (const installation of installations) await of(installation).set('a/b', installation)
    for (const installation of installations) {
      expect(await of(installation).get('a/b')).toBe(installation)
      const listed: unknown[] = []
      for await (const entry of of(installation).list('')) listed.push(entry)
      expect(listed).toEqual([['a/b', installation]])
    }
  })

  it('has its values under the keys of every version before', async () => {
    const pieces = [
      'a',
      'Z',
      '9',
      '_',
      '.',
      '-',
      '/',
      '%',
      ' ',
      '\0',
      '\n',
      '\x7f',
      '\x80',
      'ä',
      'é',
      'ſ',
      '€',
      '🎲',
      '\ud83d',
      '\udfb2',
    ]
    await forge('ids in keys', 2, (random) => {
      const piece = () => (random.once(2) ? random.pick(pieces) : String.fromCharCode(random.below(0x1_0000)))
      const id = Array.from({ length: random.below(8) }, piece).join('')
      expect(encodeId(id)).toBe(byteByByte(id))
    })
  })
})

/** How keys in stores were first made. */
function byteByByte(id: string): string {
  return [...Buffer.from(id)]
    .map((byte) => [byte, String.fromCharCode(byte)] as const)
    .map(([byte, letter]) => (/[\w.-]/.test(letter) ? letter : `%${byte.toString(16).padStart(2, '0')}`))
    .join('')
}
