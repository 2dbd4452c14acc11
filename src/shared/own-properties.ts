import { isRecord } from './json.js'

/**
 * A record's own members, with nothing behind them: what some file has put on all objects is not found there. What is no
 * record comes back as it is.
 */
export function ownOnly<Value>(value: Value): Value {
  return isRecord(value) ? Object.assign(Object.create(nothing), value) : value
}

/** An object without any prototype would be a hash table to V8, and each call of a command reads some of its definition. */
const nothing: object = Object.freeze(Object.create(null))

/** One of a record's own members. */
export function ownMember(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined
}

/** The first of these parts that the value has from a prototype of its own, such as a class; not what all objects have. */
export function inheritedPart(value: object, parts: readonly string[]): string | undefined {
  return parts.find((part) => part in value && !Object.hasOwn(value, part) && !(part in Object.prototype))
}
