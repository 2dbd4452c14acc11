import { asRecord, isRecord, readText } from '../shared/json.js'
import { shorten } from '../shared/text.js'

/** An object in an event; its contents are not checked. */
export type EventFields = Readonly<Record<string, unknown>>

/** The object under a name; empty if there is none. */
export function part(fields: EventFields, name: string): EventFields {
  return asRecord(fields[name])
}

/** The objects in the list under a name. */
export function parts(fields: EventFields, name: string): readonly EventFields[] {
  const list = fields[name]
  return Array.isArray(list) ? list.filter(isRecord) : []
}

/** The first line of a text, or a number, shortened to fit a card; undefined for anything else. */
export function line(fields: EventFields, name: string): string | undefined {
  const value = fields[name]
  const text = Number.isFinite(value) ? String(value) : readText(value)
  return (text && shorten(text.trim().split(/\r?\n/, 1)[0] ?? '', 200)) || undefined
}

/** A commit's short id and the first line of its message, as far as it has them. */
export function commitLine(commit: EventFields, idLength: number): string {
  return [line(commit, 'id')?.slice(0, idLength), line(commit, 'message')].filter(Boolean).join(' ') || 'a commit'
}

/** The first of these that is an http(s) address; no others may become links. */
export function link(fields: EventFields, ...names: readonly string[]): string | undefined {
  return names.map((name) => readText(fields[name])).find((url) => url !== undefined && /^https?:\/\//i.test(url))
}
