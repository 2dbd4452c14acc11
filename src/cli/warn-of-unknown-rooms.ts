import type { UnknownRoomsDeps } from './find-unknown-rooms.js'
import { printError } from './print-error.js'

/** Prints one line on standard error if no installation has some of these rooms. They may be created later. */
export async function warnOfUnknownRooms(rooms: readonly string[], deps: UnknownRoomsDeps): Promise<void> {
  const { findUnknownRooms } = await import('./find-unknown-rooms.js') // not loaded for --help
  const unknown = await findUnknownRooms(rooms, deps)
  if (unknown.length === 0) return
  const names = unknown.map((room) => JSON.stringify(room)).join(' or ')
  printError(
    `warning: no installation known here has the room ${names}, so posts do not arrive there yet. "slashroom alias list" shows the aliases.`,
  )
}
