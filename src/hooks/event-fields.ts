import { asRecord, isRecord, readText } from '../shared/json.js'
import { shorten } from '../shared/text.js'

/** An object in an event; nobody has checked what is in it. */
export type EventFields = Readonly<Record<string, unknown>>

/** The object of that name; an empty one where there is none. */
export function part(fields: EventFields, name: string): EventFields {
  return asRecord(fields[name])
}

/** The objects in the list of that name. */
export function parts(fields: EventFields, name: string): readonly EventFields[] {
  const list = fields[name]
  return Array.isArray(list) ? list.filter(isRecord) : []
}

/** The first line of a text, or a number, no longer than a card has room for; undefined for anything else. */
export function line(fields: EventFields, name: string): string | undefined {
  const value = fields[name]
  const text = typeof value === 'number' ? String(value) : readText(value)
  return (text && shorten(text.trim().split(/\r?\n/, 1)[0] ?? '', 200)) || undefined
}

/** The first of these that is a web address: nobody should be led to any other. */
export function link(fields: EventFields, ...names: readonly string[]): string | undefined {
  return names.map((name) => readText(fields[name])).find((url) => url !== undefined && /^https?:\/\//i.test(url))
}
