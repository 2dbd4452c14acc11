import type { Store } from '../../stores/store.js'
import { name } from './wire.js'

/** What rooms are called, by their numbers. */
export interface RoomNames {
  /** Keeps one; for `ttlMs`, where that is given. */
  note(room: RoomRef, roomName: string, ttlMs?: number): Promise<void>
  find(room: RoomRef): Promise<string | undefined>
  /** The rooms of an installation that are called so, whatever the case. */
  search(installationId: string, roomName: string): Promise<readonly { readonly id: string; readonly name: string }[]>
  /** Forgets an installation's rooms. */
  drop(installationId: string): Promise<void>
}

/** A room, and the installation that it is known by. */
export interface RoomRef {
  readonly installationId: string
  readonly roomId: string
}

/** Creates what keeps the names of rooms, for all processes. */
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

/** Rooms are numbered. */
const fitsKey = /^\d{1,20}$/

function keyOf({ installationId, roomId }: RoomRef): string {
  return `room/${name}/${installationId}/${roomId}`
}
