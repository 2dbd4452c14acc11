import { parseObject, readText } from '../../shared/json.js'
import type { Fault } from '../faults.js'

/** A request and its response, as shown to people. */
export interface Exchange {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string
  /** Undefined until there is one. */
  readonly answer?: { readonly status: number; readonly headers: Headers; readonly body: string }
  readonly ms?: number
  /** Why there was no response. */
  readonly error?: string
  /** The fault that was injected. */
  readonly fault?: Fault
}

/** Headers by name, as sent. */
export type Headers = Readonly<Record<string, string>>

/** The decoded JWT of a webhook, without its signature, which is made with the secret. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** Decodes the JWT in an `Authorization` header; undefined if there is none. */
export function decodeToken(authorization: string | undefined): DecodedToken | undefined {
  const [, header = '', claims = ''] = /^JWT ([\w-]+)\.([\w-]+)\./.exec(authorization ?? '') ?? []
  const decoded = [header, claims].map((part) => parseObject(Buffer.from(part, 'base64url')))
  return decoded[0] && decoded[1] ? { header: decoded[0], claims: decoded[1] } : undefined
}

/** Headers from Node.js, each as one text. */
export function plainHeaders(
  headers: Readonly<Record<string, number | string | readonly string[] | undefined>>,
): Headers {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    given.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]),
  )
}

/** The message that a notification is attached to. */
export function attachedTo(body: string): string | undefined {
  return readText(parseObject(body)?.['attach_to'])
}
