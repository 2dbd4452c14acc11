import { isRecord } from './json.js'

/** A record's own properties, without anything inherited; values that are not records are returned unchanged. */
export function ownOnly<Value>(value: Value): Value {
  return isRecord(value) ? Object.assign(Object.create(nothing), value) : value
}

/** Not a null prototype: V8 would make a hash table of it, and every call reads its command's definition. */
const nothing: object = Object.freeze(Object.create(null))

/** One of a record's own properties. */
export function ownMember(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** The first of these properties that the value inherits from a prototype of its own, such as a class. */
export function inheritedPart(value: object, parts: readonly string[]): string | undefined {
  return parts.find((part) => part in value && !Object.hasOwn(value, part) && !(part in Object.prototype))
}
