import { ConfigError } from '../model/errors.js'
import { isRecord } from '../shared/json.js'
import { createCacheVersion } from '../stores/cache-version.js'
import { orUnavailable } from '../stores/or-unavailable.js'
import type { Store } from '../stores/store.js'
import { isName, nameRule } from './name.js'
import { parseRoomAddress, roomReadings } from './room-address.js'

/** A name for one room or several. */
export interface Alias {
  readonly name: string
  /** As written; none of them is an alias. */
  readonly rooms: readonly string[]
}

/** The operator's names for rooms. Case does not matter. */
export interface Aliases {
  /** Its rooms; changes by other processes may take a second. Undefined if it is not an alias. */
  find(name: string): Promise<readonly string[] | undefined>
  /** Sets its rooms. Throws ConfigError for rooms that an alias cannot lead to. */
  set(name: string, rooms: readonly string[]): Promise<Alias>
  /** All aliases by name. */
  list(): Promise<readonly Alias[]>
  /** Resolves with whether the alias existed. */
  remove(name: string): Promise<boolean>
}

/** Keeps aliases in `store`, and all of them in memory, because every post looks one up. */
export function createAliases(store: Store, { staleMs, longestMs = 60_000 }: AliasesOptions = {}): Aliases {
  const version = createCacheVersion(store, 'notify/aliases-version', staleMs)
  let cached: CachedAliases | undefined

  async function current(): Promise<ReadonlyMap<string, Alias>> {
    const now = version.known() ?? (await version.read())
    if (cached?.version === now && performance.now() - cached.readAt < longestMs) return await cached.all
    const read = { version: now, readAt: performance.now(), all: orUnavailable(readAll) }
    cached = read
    read.all.catch(() => {
      if (cached === read) cached = undefined
    })
    return await read.all
  }

  async function readAll(): Promise<ReadonlyMap<string, Alias>> {
    const all = new Map<string, Alias>()
    for await (const [, value] of store.list(keyOf(''))) {
      const alias = readAlias(value)
      if (alias) all.set(alias.name.toLowerCase(), alias)
    }
    return all
  }

  async function changed(): Promise<void> {
    cached = undefined
    await version.change()
  }

  return {
    find: async (name) => (await current()).get(name.toLowerCase())?.rooms,
    async set(name, rooms) {
      const alias = { name, rooms: [...new Set(rooms.map((room) => room.trim()))] }
      assertLeadsToRooms(alias, await orUnavailable(readAll))
      await orUnavailable(() => store.set(keyOf(name), alias))
      await changed()
      return alias
    },
    async list() {
      return [...(await orUnavailable(readAll)).entries()]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, alias]) => alias)
    },
    async remove(name) {
      if (!isName(name) || (await orUnavailable(() => store.get(keyOf(name)))) === undefined) return false
      await orUnavailable(() => store.delete(keyOf(name)))
      await changed()
      return true
    },
  }
}

interface AliasesOptions {
  /** How long another process's change may go unnoticed, in milliseconds. */
  readonly staleMs?: number
  /** The same if that process was killed before it could announce the change. */
  readonly longestMs?: number
}

interface CachedAliases {
  readonly version: string
  readonly readAt: number
  readonly all: Promise<ReadonlyMap<string, Alias>>
}

/** An alias leads to rooms, never to another alias, so that resolving one takes a single step. */
function assertLeadsToRooms(alias: Alias, others: ReadonlyMap<string, Alias>): void {
  const { name, rooms } = alias
  if (!isName(name)) throw new ConfigError(`An alias must have ${nameRule}.`)
  if (rooms.length === 0) throw new ConfigError(`The alias "${name}" has no room: name one or more.`)
  for (const room of rooms) {
    if (!parseRoomAddress(room)) throw new ConfigError(`${JSON.stringify(room)} is not a valid room.`)
    assertNoAlias(room, name.toLowerCase(), others)
  }
  assertNobodysRoom(name.toLowerCase(), others)
}

function assertNoAlias(room: string, own: string, others: ReadonlyMap<string, Alias>): void {
  const names = namesIn(room)
  if (names.includes(own))
    throw new ConfigError(`The alias "${own}" would point to itself: name the platform, as in hipchat:${own}.`)
  if (names.some((name) => others.has(name)))
    throw new ConfigError(`"${room}" is an alias, and an alias must not contain another: list its rooms instead.`)
}

/** If another alias contains a room of this name, it would become an alias of an alias. */
function assertNobodysRoom(own: string, others: ReadonlyMap<string, Alias>): void {
  for (const { name, rooms } of others.values()) {
    if (name.toLowerCase() === own || !rooms.some((room) => namesIn(room).includes(own))) continue
    throw new ConfigError(`The alias "${name}" has a room "${own}", which would become an alias: change that first.`)
  }
}

/** The alias names that an address could be mistaken for. */
function namesIn(room: string): readonly string[] {
  return roomReadings(room).flatMap((reading) => (reading.platform === undefined ? [reading.room.toLowerCase()] : []))
}

function readAlias(value: unknown): Alias | undefined {
  if (!isRecord(value) || typeof value['name'] !== 'string' || !Array.isArray(value['rooms'])) return undefined
  return { name: value['name'], rooms: value['rooms'].filter((room) => typeof room === 'string') }
}

function keyOf(name: string): string {
  return `notify/alias/${name.toLowerCase()}`
}
