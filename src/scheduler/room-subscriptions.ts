import type { Invocation } from '../model/invocation.js'
import type { ReplyTarget } from '../model/schedule.js'
import { fingerprint } from '../shared/crypto.js'
import type { Store } from '../stores/store.js'

/** A room's choice for a command's schedule. Plain JSON. */
export interface RoomSubscription {
  readonly on: boolean
  readonly platform: string
  readonly place: ReplyTarget
}

/** The rooms in which people switched a schedule on or off. */
export interface ScheduleSubscriptions {
  set(command: string, one: RoomSubscription): Promise<void>
  get(command: string, where: Where): Promise<RoomSubscription | undefined>
  list(command: string): AsyncIterable<RoomSubscription>
  /** Forgets a room's choice. */
  drop(command: string, where: Where): Promise<void>
}

/** By tenant: if a group and its room both have an installation, a line may arrive through either. */
type Where = Pick<Invocation, 'platform' | 'tenant' | 'room'>

/** Keeps them in `store`. */
export function createScheduleSubscriptions(store: Store): ScheduleSubscriptions {
  return {
    set: async (command, one) => await store.set(keyOf(command, { ...one.place, platform: one.platform }), one),
    get: async (command, where) => (await store.get(keyOf(command, where))) as RoomSubscription | undefined,
    async *list(command) {
      for await (const [, value] of store.list(prefixOf(command))) yield value as RoomSubscription
    },
    drop: async (command, where) => await store.delete(keyOf(command, where)),
  }
}

function prefixOf(command: string): string {
  return `schedule/${fingerprint(command)}/`
}

/** Hashed, because ids can be too long for keys. */
function keyOf(command: string, { platform, tenant, room }: Where): string {
  return prefixOf(command) + fingerprint(platform, tenant.id, room.id)
}
