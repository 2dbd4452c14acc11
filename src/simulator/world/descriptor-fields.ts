import { isRecord } from '../../shared/json.js'
import { isHttpUrl } from '../../shared/url.js'
import { InstallError } from '../errors.js'

/** The members of an object. Throws InstallError with the name `what`, as do all functions here. */
export function readObject(given: unknown, what: string): Readonly<Record<string, unknown>> {
  if (isRecord(given)) return given
  refuse(given, what, 'a JSON object')
}

/** A string that is not empty. */
export function readString(given: unknown, what: string): string {
  if (typeof given !== 'string') refuse(given, what, 'a string')
  if (given === '') throw new InstallError(`${what} must not be empty.`)
  return given
}

/** An optional string, which may be empty. */
export function readOptionalString(given: unknown, what: string): string | undefined {
  if (given === undefined || given === null) return undefined
  if (typeof given !== 'string') refuse(given, what, 'a string')
  return given
}

/** A boolean; `otherwise` if it is missing. */
export function readBoolean(given: unknown, what: string, otherwise: boolean): boolean {
  if (given === undefined || given === null) return otherwise
  if (typeof given !== 'boolean') refuse(given, what, 'true or false')
  return given
}

/** An http(s) URL. */
export function readAddress(given: unknown, what: string): string {
  const text = readString(given, what)
  if (isHttpUrl(text)) return text
  throw new InstallError(`${what} is not an http address: ${String(text).slice(0, 200)}`)
}

/** The key of an add-on or a module. */
export function readKey(given: unknown, what: string): string {
  const key = readString(given, what)
  if (key.length > 40) throw new InstallError(`${what} is longer than 40 characters.`)
  if (/\s/.test(key)) throw new InstallError(`${what} must not contain blanks: ${JSON.stringify(key)}.`)
  return key
}

/** An array; a single object counts as an array of one, because published add-ons write webhooks like that. */
export function readList(given: unknown, what: string): readonly Readonly<Record<string, unknown>>[] {
  if (given === undefined || given === null) return []
  if (isRecord(given)) return [given]
  if (!Array.isArray(given)) refuse(given, what, 'an array of JSON objects')
  return given.map((one, at) => readObject(one, `${what}[${at}]`))
}

/** Refuses a list with duplicate keys. */
export function checkKeysDiffer(list: readonly { readonly key?: unknown }[], what: string): void {
  const keys = list.map(({ key }) => key).filter((key) => key !== undefined && key !== null)
  const twice = keys.find((key, at) => keys.indexOf(key) !== at)
  if (twice !== undefined) throw new InstallError(`${what} has two with the key '${String(twice)}'.`)
}

/** Reports a missing value, or the expected and the actual one. */
export function refuse(given: unknown, what: string, must: string): never {
  if (given === undefined) throw new InstallError(`${what} is missing.`)
  throw new InstallError(`${what} must be ${must}, not ${JSON.stringify(given).slice(0, 100)}.`)
}
