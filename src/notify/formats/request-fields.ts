import { isRecord, parseJson } from '../../shared/json.js'
import { ownOnly } from '../../shared/own-properties.js'
import type { SenderRequest } from '../endpoint.js'
import { RefusedError } from '../refusal.js'

/** The fields of a post, without inherited properties. Only JSON has values other than strings. */
export type Fields = Readonly<Record<string, unknown>>

/** A body and its fields. `text`: neither its type nor its first character says that it is JSON or a form. */
export interface SenderBody {
  readonly kind: 'json' | 'form' | 'text'
  readonly text: string
  readonly fields: Fields
}

/** Reads a field from the body, else from the query. Throws RefusedError. */
export async function readFields(request: SenderRequest): Promise<Fields> {
  const { fields } = await readBody(request)
  return ownOnly({ ...readQuery(request.query), ...fields })
}

/** The fields of a query. Throws RefusedError. */
export function readQuery(query: URLSearchParams): Fields {
  return checked(ownOnly(Object.fromEntries(query)))
}

/** Parses a body with or without a content type. Throws RefusedError. */
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

/** The fields of a JSON object; undefined for other text. Throws RefusedError. */
export function readJson(text: string): Fields | undefined {
  const fields = unwrap(parseJson(text))
  return fields && checked(ownOnly(fields))
}

/** A record without inherited properties; undefined for anything else. */
export function asFields(value: unknown): Fields | undefined {
  return isRecord(value) ? ownOnly(value) : undefined
}

function readContentType(header: string | string[] | undefined) {
  const [type = '', ...parameters] = String(header ?? '').split(';')
  const charset = parameters.map((one) => /^\s*charset\s*=\s*"?([\w.:-]+)"?\s*$/i.exec(one)?.[1]).find(Boolean)
  return { type: type.trim().toLowerCase(), charset }
}

/** Drops a byte order mark. Bytes that are invalid in the charset are refused. */
function decode(body: Buffer, charset = 'utf-8'): string {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(body)
  } catch {
    throw new RefusedError(`The body must be text in ${charset}.`, 'invalid-payload')
  }
}

/** `curl -d` labels everything a form, and many clients send JSON without a label. */
function kindOf(type: string, text: string, json: Fields | undefined): SenderBody['kind'] {
  if (text.trim() === '') return 'form'
  if (/^(?:application|text)\/(?:[\w.-]+\+)?json$/.test(type)) return 'json'
  if (type === 'application/x-www-form-urlencoded') return json ? 'json' : 'form'
  if (type.startsWith('text/')) return 'text'
  return json || /^\s*\{/.test(text) ? 'json' : 'text'
}

/** The object in a one-element list or in a string of JSON, which some clients send. */
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

/** Refuses text that services refuse, and nesting deep enough to be an attack. */
function checked<Value>(value: Value, depth = 0): Value {
  if (typeof value === 'string' && unfit.test(value)) {
    throw new RefusedError('The text must be valid Unicode without NUL characters.', 'invalid-payload')
  }
  if (typeof value !== 'object' || value === null) return value
  if (depth === maxDepth) throw new RefusedError('The body is nested too deeply.', 'invalid-payload')
  for (const one of Object.values(value)) checked(one, depth + 1)
  return value
}

/** Lone surrogates, and NUL. */
const unfit = /[\p{Surrogate}\0]/u
const maxDepth = 32
