import type { TenantStore } from '../model/command.js'
import type { Invocation } from '../model/invocation.js'
import type { Store } from './store.js'

/** A command's share of the store: what one tenant keeps, no other can read, whatever the keys are called. */
export function createTenantStore(store: Store, invocation: Invocation): TenantStore {
  const prefix = tenantKey('tenant', invocation, '')
  return {
    get: (key) => store.get(prefix + key),
    set: (key, value, options) => store.set(prefix + key, value, options),
    add: (key, value, options) => store.add(prefix + key, value, options),
    delete: (key) => store.delete(prefix + key),
    async *list(start) {
      for await (const [key, value] of store.list(prefix + start)) yield [key.slice(prefix.length), value] as const
    },
  }
}

/** A key under the installation that the request was proven to come from. */
export function tenantKey(kind: string, { platform, installation }: Invocation, key: string): string {
  return `${kind}/${encodeId(platform)}/${encodeId(installation)}/${key}`
}

/** An id without a slash, so that no id can reach into another's keys. */
export function encodeId(id: string): string {
  return [...Buffer.from(id)]
    .map((byte) => (isPlain(byte) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`))
    .join('')
}

function isPlain(byte: number): boolean {
  return /[\w.-]/.test(String.fromCharCode(byte))
}
