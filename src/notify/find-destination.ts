import { isBotError } from '../model/errors.js'
import type { Post } from './endpoint.js'
import { RefusedError } from './refusal.js'
import type { FoundAlias, FoundRoom, RoomDirectory } from './room-directory.js'
import type { Sender } from './sender.js'

/** Where a post goes. */
export type Destination = { readonly room: FoundRoom } | { readonly rooms: readonly string[] }

/**
 * Finds where a post goes: a single room is resolved now, several are kept as written. Throws RefusedError: unknown for a
 * room that does not exist, whatever the token, and forbidden for a room that is not the token's.
 */
export async function findDestination(
  sender: Sender,
  { room, rooms }: Pick<Post, 'room' | 'rooms'>,
  directory: RoomDirectory,
): Promise<Destination> {
  if (rooms) return await toDestination(await namedRooms(sender, rooms, directory), directory)
  if (room === undefined) return await toDestination(await ownRooms(sender, directory), directory)
  const found = await findReachable(sender, room, directory)
  return 'rooms' in found ? await toDestination(found.rooms, directory) : { room: found }
}

async function findReachable(
  sender: Sender,
  written: string,
  directory: RoomDirectory,
): Promise<FoundAlias | FoundRoom> {
  const found = await directory.find(written)
  if (await mayReach(sender, found, directory)) return found
  throw new RefusedError(`The token does not allow room ${JSON.stringify(written)}.`, 'room-not-allowed')
}

/** Distinct rooms, with aliases expanded. */
async function namedRooms(
  sender: Sender,
  rooms: readonly string[],
  directory: RoomDirectory,
): Promise<readonly string[]> {
  const found = await Promise.all(rooms.map((room) => findReachable(sender, room, directory)))
  return await eachOnce(
    found.map((one) => ('rooms' in one ? one : one.address)),
    directory,
  )
}

async function toDestination(rooms: readonly string[], directory: RoomDirectory): Promise<Destination> {
  const [only, ...others] = rooms
  if (only === undefined) throw new RefusedError('The token has no rooms.', 'unknown-room')
  return others.length > 0 ? { rooms } : { room: await directory.findRoom(only) }
}

/** All distinct rooms of the token, with its aliases as they are now. */
async function ownRooms({ rooms }: Sender, directory: RoomDirectory): Promise<readonly string[]> {
  if (rooms === 'all') return await allRooms(directory)
  const found = await Promise.all(rooms.map(async (room) => ({ room, found: await findOrNothing(room, directory) })))
  return await eachOnce(
    found.map(({ room, found }) => (found && 'rooms' in found ? found : (found?.address ?? room))),
    directory,
  )
}

/** Merges them: a room may appear by name in an alias and by id beside it. */
async function eachOnce(found: readonly (FoundAlias | string)[], directory: RoomDirectory): Promise<readonly string[]> {
  const rooms = [...new Set(found.flatMap((one) => (typeof one === 'string' ? [one] : one.rooms)))]
  const isPlain = found.length === 1 || found.every((one) => typeof one === 'string')
  if (isPlain) return rooms
  const keys = await findKeys(rooms, directory)
  return rooms.filter((_, index) => keys.indexOf(keys[index] ?? '') === index)
}

/** If the bot is installed for whole groups or workspaces, nobody has chosen rooms. */
async function allRooms(directory: RoomDirectory): Promise<readonly string[]> {
  const rooms = await directory.listOwn()
  if (rooms.length === 0)
    throw new RefusedError(
      'No room has the bot installed for itself: name a room, or create an alias.',
      'invalid-payload',
    )
  return rooms.map(({ address }) => address)
}

/** Whether the token allows the room, or every room of the alias. */
export async function mayReach(
  sender: Sender,
  asked: FoundAlias | FoundRoom,
  directory: RoomDirectory,
): Promise<boolean> {
  if (sender.rooms === 'all') return true
  const own = await Promise.all(sender.rooms.map((room) => findOrNothing(room, directory)))
  const aliases = own.flatMap((one) => (one && 'rooms' in one ? [one.alias] : []))
  if ('rooms' in asked && aliases.includes(asked.alias)) return true
  const reached = new Set((await Promise.all(own.map((one) => (one ? keysOf(one, directory) : [])))).flat())
  return (await keysOf(asked, directory)).every((key) => reached.has(key))
}

/** The rooms' identities, whatever they are called. */
async function keysOf(found: FoundAlias | FoundRoom, directory: RoomDirectory): Promise<readonly string[]> {
  return 'rooms' in found ? await findKeys(found.rooms, directory) : [keyOf(found)]
}

async function findKeys(written: readonly string[], directory: RoomDirectory): Promise<readonly string[]> {
  const rooms = await Promise.all(written.map((room) => directory.findRoom(room).catch(orNothing)))
  return rooms.map((room, index) => (room ? keyOf(room) : `? ${written[index]}`))
}

function keyOf({ platform, target }: FoundRoom): string {
  return JSON.stringify([platform, target.installation, target.room.id])
}

function findOrNothing(room: string, directory: RoomDirectory): Promise<FoundAlias | FoundRoom | undefined> {
  return directory.find(room).catch(orNothing)
}

/** A room of the token that is missing or unknown now must not block the others. */
function orNothing(error: unknown): undefined {
  if (error instanceof RefusedError || isBotError(error, 'unavailable')) return undefined
  throw error
}
