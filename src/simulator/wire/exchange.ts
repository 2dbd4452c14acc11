import { parseObject, readText } from '../../shared/json.js'
import type { Fault } from '../faults.js'

/** A request and what was answered, as people may see it. */
export interface Exchange {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string
  /** Left out while none has come. */
  readonly answer?: { readonly status: number; readonly headers: Headers; readonly body: string }
  readonly ms?: number
  /** Why no answer came. */
  readonly error?: string
  /** What was made to go wrong with it. */
  readonly fault?: Fault
}

/** Headers by their names, as they were written. */
export type Headers = Readonly<Record<string, string>>

/** What a webhook's token says, decoded. Its signature is made with the secret, and is not among it. */
export interface DecodedToken {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** Decodes the JWT of an `Authorization` header; undefined where there is none. */
export function decodeToken(authorization: string | undefined): DecodedToken | undefined {
  const [, header = '', claims = ''] = /^JWT ([\w-]+)\.([\w-]+)\./.exec(authorization ?? '') ?? []
  const decoded = [header, claims].map((part) => parseObject(Buffer.from(part, 'base64url')))
  return decoded[0] && decoded[1] ? { header: decoded[0], claims: decoded[1] } : undefined
}

/** Headers as Node gives them, each as one text. */
export function plainHeaders(
  headers: Readonly<Record<string, number | string | readonly string[] | undefined>>,
): Headers {
  const given = Object.entries(headers).filter(([, value]) => value !== undefined)
  return Object.fromEntries(
    given.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : String(value)]),
  )
}

/** The message that a notification's body says it belongs to. */
export function attachedTo(body: string): string | undefined {
  return readText(parseObject(body)?.['attach_to'])
}
