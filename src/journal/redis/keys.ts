import { createHash } from 'node:crypto'

/** The braces keep all keys on one cluster node; the number is the version of the data format. */
const prefix = '{slashroom}:journal-2'

/** Entry names by time of acceptance. */
export const auditKey = `${prefix}:audit`

/** Processes that own entries, and until when each is known to be alive. */
export const ownersKey = `${prefix}:owners`

/** The description of a process, so that others on its machine can check whether it runs. */
export function processKey(owner: string): string {
  return `${prefix}:process:${owner}`
}

/** Written by probes. */
export const probeKey = `${prefix}:probe`

/** Owner of released entries. */
export const unowned = 'nobody'

/** The key of a process's set of open entries. */
export function openKey(owner: string): string {
  return `${prefix}:open:${owner}`
}

/** The key of an entry. */
export function entryKey(name: string): string {
  return `${prefix}:entry:${name}`
}

/** The key of a replay token. */
export function replayTokenKey(key: string): string {
  return `${prefix}:proof:${key}`
}

/** A hash of fixed length for an id of any length. */
export function nameOf(id: string): string {
  return id.length <= 200 ? `=${id}` : `#${createHash('sha256').update(id).digest('base64url')}`
}
