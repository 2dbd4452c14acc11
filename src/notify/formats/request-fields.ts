import { isRecord, parseJson } from '../../shared/json.js'
import { ownOnly } from '../../shared/own-properties.js'
import type { SenderRequest } from '../endpoint.js'
import { RefusedError } from '../refusal.js'

/** What was posted, by name; nothing stands behind it. Only JSON has values that are not strings. */
export type Fields = Readonly<Record<string, unknown>>

/** A body, and the fields in it. `text`: it says neither by its type nor by its first sign that it is JSON or a form. */
export interface SenderBody {
  readonly kind: 'json' | 'form' | 'text'
  readonly text: string
  readonly fields: Fields
}

/** The fields of a request, in the body or, where the body has none of that name, in the query. Throws RefusedError. */
export async function readFields(request: SenderRequest): Promise<Fields> {
  const { fields } = await readBody(request)
  return ownOnly({ ...readQuery(request.query), ...fields })
}

/** The fields of a query. Throws RefusedError. */
export function readQuery(query: URLSearchParams): Fields {
  return checked(ownOnly(Object.fromEntries(query)))
}

/** Reads a body of any type, and of none at all. Throws RefusedError. */
export async function readBody({ body, headers }: SenderRequest): Promise<SenderBody> {
  const { type, charset } = readContentType(headers['content-type'])
  if (type === 'multipart/form-data') return await readMultipart(body, String(headers['content-type']))
  const text = decode(body, charset)
  const json = /^\s*[[{"]/.test(text) ? unwrap(parseJson(text)) : undefined
  const kind = kindOf(type, text, json)
  const fields = kind === 'json' ? json : (json ?? readForm(text))
  if (fields === undefined) throw new RefusedError('The body must be a JSON object.', 'invalid-payload')
  return { kind, text, fields: checked(ownOnly(fields)) }
}

/** The fields of JSON text; undefined where it is no object. Throws RefusedError. */
export function readJson(text: string): Fields | undefined {
  const fields = unwrap(parseJson(text))
  return fields && checked(ownOnly(fields))
}

/** A record without what stands behind its members; undefined for anything else. */
export function asFields(value: unknown): Fields | undefined {
  return isRecord(value) ? ownOnly(value) : undefined
}

function readContentType(header: string | string[] | undefined) {
  const [type = '', ...parameters] = String(header ?? '').split(';')
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([\w.:-]+)"?\s*$/i.exec(one)?.[1]).find(Boolean)
  return { type: type.trim().toLowerCase(), charset }
}

/** A byte order mark is dropped. Bytes that are not what they are said to be would be shown as other words. */
function decode(body: Buffer, charset = 'utf-8'): string {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(body)
  } catch {
    throw new RefusedError(`The body must be text in ${charset}.`, 'invalid-payload')
  }
}

/** `curl -d` calls all that it sends a form, and many a client sends JSON without saying so. */
function kindOf(type: string, text: string, json: Fields | undefined): SenderBody['kind'] {
  if (text.trim() === '') return 'form'
  if (/^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(type)) return 'json'
  if (type === 'application/x-www-form-urlencoded') return json ? 'json' : 'form'
  if (type.startsWith('text/')) return 'text'
  return json || /^\s*\{/.test(text) ? 'json' : 'text'
}

/** The object in a list of one, or in a string that is JSON itself: there are clients that send them. */
function unwrap(value: unknown, depth = 0): Fields | undefined {
  if (isRecord(value)) return value
  if (depth === 2) return undefined
  if (Array.isArray(value) && value.length === 1) return unwrap(value[0], depth + 1)
  return typeof value === 'string' ? unwrap(parseJson(value), depth + 1) : undefined
}

function readForm(text: string): Fields {
  return Object.fromEntries(new URLSearchParams(text))
}

async function readMultipart(body: Buffer, type: string): Promise<SenderBody> {
  try {
    const form = await new Response(body, { headers: { 'content-type': type } }).formData()
    const fields = [...form].filter(([, value]) => typeof value === 'string')
    return { kind: 'form', text: '', fields: checked(ownOnly(Object.fromEntries(fields))) }
  } catch (error) {
    if (error instanceof RefusedError) throw error
    throw new RefusedError('The body must be multipart/form-data.', 'invalid-payload', {})
  }
}

/** What no service takes as text, and what is nested so deep that it is meant to do harm. */
function checked<Value>(value: Value, depth = 0): Value {
  if (typeof value === 'string' && unfit.test(value)) {
    throw new RefusedError('The text must be Unicode, without a zero character.', 'invalid-payload')
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth === maxDepth) throw new RefusedError('The body is nested too deeply.', 'invalid-payload')
  for (const one of Object.values(value)) checked(one, depth + 1)
  return value
}

/** Surrogates that are no pair, and NUL. */
const unfit = /[\p{Surrogate}\0]/u
const maxDepth = 32
