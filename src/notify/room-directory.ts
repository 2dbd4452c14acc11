import { isBotError, UnavailableError } from '../model/errors.js'
import type { Tenant } from '../model/invocation.js'
import type { Logger } from '../model/logger.js'
import type { ReplyTarget } from '../model/schedule.js'
import type { ProactivePlatform } from '../platforms/platform.js'
import { createCache } from '../shared/cache.js'
import { messageOf } from '../shared/error-details.js'
import type { Aliases } from './aliases.js'
import type { ReachableRoom } from './endpoint.js'
import { RefusedError } from './refusal.js'
import { formatRoomAddress, type RoomAddress, roomReadings } from './room-address.js'

/** Finds the rooms that senders name. */
export interface RoomDirectory {
  /**
   * The rooms of an alias, as written, or the room with this name. Throws RefusedError if there is none or it is ambiguous,
   * UnavailableError if a platform does not answer.
   */
  find(written: string): Promise<FoundAlias | FoundRoom>
  /** Like `find`, but without aliases. */
  findRoom(written: string): Promise<FoundRoom>
  /** Rooms with an installation of their own, as in HipChat: the bot was invited to each of them. */
  listOwn(): Promise<readonly FoundRoom[]>
}

/** A name for rooms. */
export interface FoundAlias {
  readonly alias: string
  readonly rooms: readonly string[]
}

/** A room that can be posted to. */
export interface FoundRoom extends ReachableRoom {
  readonly target: ReplyTarget
}

interface RoomDirectoryDeps {
  readonly platforms: () => readonly ProactivePlatform[]
  readonly aliases: Pick<Aliases, 'find'>
  readonly log: Logger
}

/** Creates a directory that asks the platforms and caches their answers for a while. */
export function createRoomDirectory({ platforms, aliases, log }: RoomDirectoryDeps): RoomDirectory {
  const cache = createCache<readonly FoundRoom[]>({ max: 10_000, ttl: foundMs })
  const read = createCache<readonly Reading[]>({ max: 1_000 })

  /** Cached, because senders use the same rooms again and again. */
  function readingsOf(written: string): readonly Reading[] {
    const known = read.get(written)
    if (known) return known
    const readings = roomReadings(written).map((address) => ({ ...address, key: formatRoomAddress(address) }))
    if (written.length <= longestKept) read.set(written, readings)
    return readings
  }

  async function find(written: string): Promise<FoundAlias | FoundRoom> {
    for (const reading of readingsOf(written)) {
      const alias = reading.platform === undefined ? reading.room : undefined
      const rooms = alias === undefined ? undefined : await aliases.find(alias)
      if (alias !== undefined && rooms) return { alias, rooms }
      const found = await ask(reading)
      if (found.length > 0) return theOnly(found, written)
    }
    throw unknown(written)
  }

  async function findRoom(written: string): Promise<FoundRoom> {
    for (const reading of readingsOf(written)) {
      const found = await ask(reading)
      if (found.length > 0) return theOnly(found, written)
    }
    throw unknown(written)
  }

  async function ask({ key, ...reading }: Reading): Promise<readonly FoundRoom[]> {
    const cached = cache.get(key)
    if (cached) return cached
    const found = await askPlatforms(reading)
    cache.set(key, found, { ttl: found.length > 0 ? foundMs : missingMs })
    return found
  }

  async function askPlatforms(address: RoomAddress): Promise<readonly FoundRoom[]> {
    const asked = platforms().filter(({ name }) => address.platform === undefined || name === address.platform)
    const answers = await Promise.allSettled(asked.map((platform) => askOne(platform, address)))
    const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
    const failed = answers.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined
    if (failed && found.length === 0) throw notKnown(failed.reason)
    return withAddresses(found, address.tenant !== undefined)
  }

  function notKnown(cause: unknown): Error {
    log.warn({ reason: messageOf(cause) }, 'rooms of a platform could not be read')
    return isBotError(cause, 'unavailable')
      ? cause
      : new UnavailableError('The platform did not answer whether it has that room.', 5, { cause })
  }

  async function listOwn(): Promise<readonly FoundRoom[]> {
    const found: Found[] = []
    for (const platform of platforms())
      for await (const target of platform.listRooms?.(undefined) ?? []) found.push({ platform: platform.name, target })
    return withAddresses(found)
  }

  return { find, findRoom, listOwn }
}

/** The possible meanings of an address, and its cache key. */
interface Reading extends RoomAddress {
  readonly key: string
}

/** Longer texts of strangers are not cached. */
const longestKept = 200
const foundMs = 60_000
/** Short, because somebody may be creating the room or the installation right now. */
const missingMs = 5_000

async function askOne(platform: ProactivePlatform, { tenant, room }: RoomAddress): Promise<readonly Found[]> {
  const found: Found[] = []
  for await (const target of platform.findRooms?.(room) ?? []) {
    if (tenant === undefined || isCalled(target.tenant, tenant)) found.push({ platform: platform.name, target })
  }
  return byId(found, room)
}

/** If servers number their tenants, a tenant id is `host/number`, and people write only the number. */
function isCalled({ id, name }: Tenant, written: string): boolean {
  return id === written || name === written || id.endsWith(`/${written}`)
}

interface Found {
  readonly platform: string
  readonly target: ReplyTarget
}

/** A room with this id takes precedence over one with this name. */
function byId(found: readonly Found[], room: string): readonly Found[] {
  const exact = found.filter(({ target }) => target.room.id === room)
  return exact.length > 0 ? exact : found
}

/** Room addresses by platform and id, with the tenant if it was given, or if rooms of several tenants match. */
function withAddresses(found: readonly Found[], inTenant = false): readonly FoundRoom[] {
  return found.map(({ platform, target }) => {
    const { id, name } = target.room
    const twins = found.filter((other) => other.platform === platform && other.target.room.id === id)
    const tenant = inTenant || twins.length > 1 ? { tenant: target.tenant.id } : {}
    return { address: formatRoomAddress({ platform, ...tenant, room: id }), id, name, platform, target }
  })
}

function theOnly(found: readonly FoundRoom[], written: string): FoundRoom {
  const [only, ...others] = found
  if (!only) throw unknown(written)
  if (others.length === 0) return only
  const list = found
    .slice(0, mostListed)
    .map(({ address, name, target }) => `${address} (${name}, ${target.tenant.name ?? target.tenant.id})`)
  throw new RefusedError(
    `Room ${JSON.stringify(written)} is several: ${list.join(', ')}${found.length > mostListed ? ', …' : ''}. Write one of these, or make an alias.`,
    'ambiguous-room',
  )
}

const mostListed = 10

function unknown(written: string): RefusedError {
  return new RefusedError(`Room ${JSON.stringify(written)} not found.`, 'unknown-room')
}
