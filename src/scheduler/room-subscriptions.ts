import type { Invocation } from '../model/invocation.js'
import type { Place } from '../model/schedule.js'
import { markOf } from '../shared/fingerprint.js'
import type { Store } from '../stores/store.js'

/** A room's own word on a command's schedule. Plain JSON. */
export interface Switch {
  readonly on: boolean
  readonly platform: string
  readonly place: Place
}

/** In which rooms people switched a schedule on or off. */
export interface Switches {
  set(command: string, one: Switch): Promise<void>
  get(command: string, where: Where): Promise<Switch | undefined>
  list(command: string): AsyncIterable<Switch>
  /** Forgets what a room said. */
  drop(command: string, where: Where): Promise<void>
}

/** By tenant: where a group and its room both installed the bot, a line may come by the one or the other. */
type Where = Pick<Invocation, 'platform' | 'tenant' | 'room'>

/** Keeps them in `store`. */
export function createSwitches(store: Store): Switches {
  return {
    set: async (command, one) => await store.set(keyOf(command, { ...one.place, platform: one.platform }), one),
    get: async (command, where) => (await store.get(keyOf(command, where))) as Switch | undefined,
    async *list(command) {
      for await (const [, value] of store.list(prefixOf(command))) yield value as Switch
    },
    drop: async (command, where) => await store.delete(keyOf(command, where)),
  }
}

function prefixOf(command: string): string {
  return `schedule/${markOf(command)}/`
}

/** Ids of any length make keys of one. */
function keyOf(command: string, { platform, tenant, room }: Where): string {
  return prefixOf(command) + markOf(platform, tenant.id, room.id)
}
