import { createHash } from 'node:crypto'

/** The braces keep all keys on one node of a cluster; the number counts the shapes that they have had. */
const prefix = '{slashroom}:journal-2'

/** What was accepted when, by name. */
export const auditKey = `${prefix}:audit`

/** Who has entries in hand, and until when each said that it lives. */
export const ownersKey = `${prefix}:owners`

/** Where a process says which one it is, so that others on its machine can see whether it runs. */
export function processKey(owner: string): string {
  return `${prefix}:process:${owner}`
}

/** Written to see whether anything can be. */
export const probeKey = `${prefix}:probe`

/** Owner of released entries. */
export const unowned = 'nobody'

/** The key of the names of a process's open entries. */
export function openKey(owner: string): string {
  return `${prefix}:open:${owner}`
}

/** The key of an entry. */
export function entryKey(name: string): string {
  return `${prefix}:entry:${name}`
}

/** The key of a replay token that was shown. */
export function replayTokenKey(key: string): string {
  return `${prefix}:proof:${key}`
}

/** An id of any length as a name of bounded length. */
export function nameOf(id: string): string {
  return id.length <= 200 ? `=${id}` : `#${createHash('sha256').update(id).digest('base64url')}`
}
