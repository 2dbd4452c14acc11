import { UsageError } from '../../model/errors.js'
import { parseUrl } from '../../shared/url.js'
import type { NotifyOptions } from './options.js'
import type { WireFormat } from './wire-format.js'
import { detectFormat, type FormatName, formatNames, wireFormats } from './wire-formats.js'

/** Where to post and how, and what must not appear in messages. */
export interface Target {
  readonly as: FormatName
  readonly format: WireFormat
  readonly address: string
  readonly token: string | undefined
  readonly secrets: readonly string[]
}

/** Determines the format of the address. Throws UsageError for unusable options. */
export function readTarget(options: Pick<NotifyOptions, 'to' | 'as' | 'token' | 'room'>): Target {
  const to = readAddress(options.to)
  const as = readFormat(options.as) ?? detectFormat(to)
  const format = wireFormats[as]
  const token = readToken(format, to, options.token)
  const address = format.address(to, readRoom(options.room))
  return { as, format, address, token, secrets: token === undefined ? secretsIn(to) : [token] }
}

function readAddress(to: string | URL): URL {
  const url = parseUrl(String(to))
  if (!url || !/^https?:$/.test(url.protocol)) throw new UsageError('the address must begin with https:// or http://.')
  if (url.username || url.password) throw new UsageError('the address must not contain a user name or a password.')
  return url
}

function readFormat(as: string | undefined): FormatName | undefined {
  const name = formatNames.find((one) => one === as)
  if (name !== as) throw new UsageError(`it must be sent as one of ${formatNames.join(', ')}, not as "${as}".`)
  return name
}

/** HipChat's own pages showed addresses with the token in them. */
function readToken({ takesToken }: WireFormat, to: URL, given: string | undefined): string | undefined {
  if (!takesToken) return undefined
  const token = given ?? to.searchParams.get('auth_token')
  if (!token) throw new UsageError('the token is missing: --token, or SLASHROOM_TOKEN.')
  if (!/^[!-~]+$/.test(token)) throw new UsageError('the token must be printable ASCII without spaces.')
  return token
}

function readRoom(room: string | undefined): string | undefined {
  if (room !== undefined && /^(?:\s*|\.\.?)$/.test(room)) throw new UsageError('the room must have a name.')
  return room
}

/** The secret parts of a webhook address. */
function secretsIn({ pathname, search, searchParams }: URL): readonly string[] {
  const parts = [...pathname.split('/'), ...search.split(/[?&=]/), ...searchParams.values()]
  return parts.filter((part) => part.length >= 12)
}
