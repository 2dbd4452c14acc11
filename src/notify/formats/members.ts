import { encodeUrl } from '../../shared/url.js'
import { RefusedError } from '../refusal.js'
import type { Fields } from './request-fields.js'

/** Refuses a post. The message is for the sender. */
export function invalid(message: string): never {
  throw new RefusedError(message, 'invalid-payload')
}

/** A text; undefined if missing, null or empty. Throws RefusedError for any other type. */
export function readString(fields: Fields, name: string, label = name): string | undefined {
  const value = fields[name] ?? ''
  return typeof value === 'string' ? value || undefined : invalid(`${label} must be a string.`)
}

/** A text that may also be a number. */
export function readLabel(fields: Fields, name: string, label = name): string | undefined {
  const value = fields[name]
  return Number.isSafeInteger(value) ? String(value) : readString(fields, name, label)
}

/** A value to show: text, number or boolean; undefined if missing, null or empty. */
export function readScalar(fields: Fields, name: string, label = name): string | undefined {
  const value = fields[name]
  const isScalar = typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))
  return isScalar ? String(value) : readString(fields, name, label)
}

/** An http(s) address, with spaces and umlauts encoded. */
export function readUrl(fields: Fields, name: string, label = name): string | undefined {
  const url = readString(fields, name, label)
  return url && encodeUrl(url)
}

/** A boolean in any spelling that clients use; undefined if missing or empty. */
export function readFlag(fields: Fields, name: string): boolean | undefined {
  const value = fields[name] ?? ''
  if (value === '') return undefined
  const word = typeof value === 'object' ? '' : String(value).toLowerCase()
  if (word === 'true' || word === '1') return true
  return word === 'false' || word === '0' ? false : invalid(`${name} must be true or false.`)
}

/** The members that are there. */
export function present<Members extends object>(members: Members): Present<Members> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Present<Members>
}

type Present<Members> = { -readonly [Name in keyof Members]?: Exclude<Members[Name], undefined> }
