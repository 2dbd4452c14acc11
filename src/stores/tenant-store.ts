import type { TenantStore } from '../model/command.js'
import type { Invocation } from '../model/invocation.js'
import type { Store } from './store.js'

/** A command's view of the store: no tenant can read another's values, whatever its keys. */
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

/** A key under the verified installation that sent the request. */
export function tenantKey(kind: string, { platform, installation }: Invocation, key: string): string {
  return `${kind}/${encodeId(platform)}/${encodeId(installation)}/${key}`
}

/** Percent-encodes an id, so that no id can collide with another's key. Existing stores have such keys: do not change it. */
export function encodeId(id: string): string {
  return id.replace(/[^\w.-]+/g, (part) => Buffer.from(part).toString('hex').replace(/../g, '%$&'))
}
