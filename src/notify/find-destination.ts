import { isBotError } from '../model/errors.js'
import type { Post } from './endpoint.js'
import { RefusedError } from './refusal.js'
import type { FoundAlias, FoundRoom, RoomDirectory } from './room-directory.js'
import type { Sender } from './sender.js'

/** Where a post goes. */
export type Destination = { readonly room: FoundRoom } | { readonly rooms: readonly string[] }

/**
 * Says where a post goes: one room is found now, several are kept as they were written. Throws RefusedError: what is
 * nowhere is unknown whatever the token, what is not the token's is forbidden.
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
  throw new RefusedError(`The token is not for room ${JSON.stringify(written)}.`, 'room-not-allowed')
}

/** Rooms that were named one by one, with those of the aliases among them; each once. */
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

/** All the rooms of the token, its aliases as they stand now; each once. */
async function ownRooms({ rooms }: Sender, directory: RoomDirectory): Promise<readonly string[]> {
  if (rooms === 'all') return await allRooms(directory)
  const found = await Promise.all(rooms.map(async (room) => ({ room, found: await findOrNothing(room, directory) })))
  return await eachOnce(
    found.map(({ room, found }) => (found && 'rooms' in found ? found : (found?.address ?? room))),
    directory,
  )
}

/** What they are together. A room may stand in an alias by its name and beside it by its id. */
async function eachOnce(found: readonly (FoundAlias | string)[], directory: RoomDirectory): Promise<readonly string[]> {
  const rooms = [...new Set(found.flatMap((one) => (typeof one === 'string' ? [one] : one.rooms)))]
  const isPlain = found.length === 1 || found.every((one) => typeof one === 'string')
  if (isPlain) return rooms
  const keys = await findKeys(rooms, directory)
  return rooms.filter((_, index) => keys.indexOf(keys[index] ?? '') === index)
}

/** Where whole groups or workspaces have the bot, nobody has said which of their rooms want to hear it. */
async function allRooms(directory: RoomDirectory): Promise<readonly string[]> {
  const rooms = await directory.listOwn()
  if (rooms.length === 0)
    throw new RefusedError(
      'No room has the bot to itself: name the one to post to, or make an alias.',
      'invalid-payload',
    )
  return rooms.map(({ address }) => address)
}

/** Whether the token is for the room, or for every room of the alias. */
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

/** Which rooms they are, whatever they are called. */
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

/** A room of the token's that is not there, or not known now, keeps nobody from the others. */
function orNothing(error: unknown): undefined {
  if (error instanceof RefusedError || isBotError(error, 'unavailable')) return undefined
  throw error
}
