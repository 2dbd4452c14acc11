import { parseArgs } from 'node:util'
import { isName, nameRule } from '../notify/name.js'
import { parseRate } from '../notify/rate-limit.js'
import { parseRoomAddress } from '../notify/room-address.js'
import type { TokenRequest } from '../notify/tokens.js'
import { parseDuration } from '../parsing/duration.js'
import { isHttpUrl } from '../shared/url.js'

/** The request of `slashroom token create`, or what is wrong with it, in words for the operator. */
export type ReadRequest = { readonly request: TokenRequest; readonly json: boolean } | { readonly error: string }

/** Reads the options of a new token. Throws what parseArgs does. */
export function readTokenRequest(args: readonly string[]): ReadRequest {
  const { values } = parseArgs({ args: [...args], options })
  const error = checks.map((check) => check(values)).find((found) => found !== undefined)
  if (error !== undefined) return { error }
  const { room, v1, mentions, kind, json } = values
  const name = nameFrom(values)
  const rooms = values['all-rooms'] ? ('all' as const) : room
  const expires = values.expires === undefined ? undefined : parseDuration(values.expires)
  const rate = values.rate === undefined ? undefined : parseRate(values.rate)
  const request = { name, rooms, v1, mentions, kind: toKind(kind), expires, rate, replyTo: values['reply-to'] }
  return { request, json }
}

const options = {
  name: { type: 'string', default: '' },
  room: { type: 'string', multiple: true, default: [] as string[] },
  'all-rooms': { type: 'boolean', default: false },
  v1: { type: 'boolean', default: false },
  expires: { type: 'string' },
  rate: { type: 'string' },
  mentions: { type: 'boolean', default: false },
  kind: { type: 'string', default: 'post' },
  'reply-to': { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parseArgs<{ args: string[]; options: typeof options }>>['values']

const checks: readonly ((values: Values) => string | undefined)[] = [
  (values) => {
    const name = nameFrom(values)
    if (name === '') return 'give the token a name: --name ci'
    return isName(name) ? undefined : `--name must have ${nameRule}, not ${JSON.stringify(name)}.`
  },
  ({ room, 'all-rooms': all }) => {
    if (all && room.length > 0) return '--room and --all-rooms cannot be combined.'
    return all || room.length > 0 ? undefined : 'say where it may post: --room ops (repeatable), or --all-rooms'
  },
  ({ room }) => {
    const wrong = room.find((one) => !parseRoomAddress(one))
    return wrong === undefined ? undefined : `--room ${JSON.stringify(wrong)} is not a room name.`
  },
  ({ expires }) => {
    const ms = expires === undefined ? 1 : (parseDuration(expires) ?? 0)
    return ms > 0 && ms < centuryMs
      ? undefined
      : `--expires must be a time such as 90d, not ${JSON.stringify(expires)}.`
  },
  ({ rate }) =>
    rate === undefined || parseRate(rate)
      ? undefined
      : `--rate must be a number of posts per time, such as 30/1m, or none, not ${JSON.stringify(rate)}.`,
  ({ kind }) =>
    kind === 'post' || kind === 'command' ? undefined : `--kind must be post or command, not ${JSON.stringify(kind)}.`,
  ({ kind, room, 'all-rooms': all }) =>
    kind === 'command' && (all || room.length !== 1) ? '--kind command requires exactly one --room.' : undefined,
  ({ kind, 'reply-to': replyTo }) => {
    if (replyTo === undefined) return undefined
    if (kind !== 'command') return '--reply-to requires --kind command.'
    return isHttpUrl(replyTo) ? undefined : `--reply-to must be an http(s) address, not ${JSON.stringify(replyTo)}.`
  },
]

/** A room has few command tokens, so the default name contains the room. */
function nameFrom({ name, kind, room }: Values): string {
  if (name !== '' || kind !== 'command') return name
  return `commands-${(room[0] ?? '').replace(/^#/, '')}`.replace(/[^\w.-]+/g, '-').slice(0, 64)
}

const centuryMs = 100 * 366 * 86_400_000

function toKind(kind: string): TokenRequest['kind'] {
  return kind === 'command' ? 'command' : 'post'
}
