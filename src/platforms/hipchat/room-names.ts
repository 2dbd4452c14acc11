import type { Store } from '../../stores/store.js'
import { name } from './wire.js'

/** The names of rooms by number. */
export interface RoomNames {
  /** Stores a name, optionally for `ttlMs`. */
  note(room: RoomRef, roomName: string, ttlMs?: number): Promise<void>
  find(room: RoomRef): Promise<string | undefined>
  /** The rooms of an installation with this name, regardless of case. */
  search(installationId: string, roomName: string): Promise<readonly { readonly id: string; readonly name: string }[]>
  /** Forgets an installation's rooms. */
  drop(installationId: string): Promise<void>
}

/** A room and its installation. */
export interface RoomRef {
  readonly installationId: string
  readonly roomId: string
}

/** Creates the store of room names, shared by all processes. */
export function createRoomNames(store: Pick<Store, 'get' | 'set' | 'list' | 'delete'>): RoomNames {
  return {
    async note(room, roomName, ttlMs) {
      if (!fitsKey.test(room.roomId)) return
      const key = keyOf(room)
      if ((await store.get(key)) !== roomName) await store.set(key, roomName, ttlMs === undefined ? {} : { ttlMs })
    },
    async find(room) {
      const kept = fitsKey.test(room.roomId) ? await store.get(keyOf(room)) : undefined
      return typeof kept === 'string' ? kept : undefined
    },
    async search(installationId, roomName) {
      const prefix = keyOf({ installationId, roomId: '' })
      const found: { readonly id: string; readonly name: string }[] = []
      for await (const [key, kept] of store.list(prefix)) {
        if (typeof kept !== 'string' || kept.toLowerCase() !== roomName.toLowerCase()) continue
        found.push({ id: key.slice(prefix.length), name: kept })
      }
      return found
    },
    async drop(installationId) {
      for await (const [key] of store.list(keyOf({ installationId, roomId: '' }))) await store.delete(key)
    },
  }
}

/** Room ids are numbers. */
const fitsKey = /^\d{1,20}$/

function keyOf({ installationId, roomId }: RoomRef): string {
  return `room/${name}/${installationId}/${roomId}`
}
