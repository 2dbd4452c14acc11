import type { RouterContext } from '@koa/router'
import { isRecord } from '../../shared/json.js'
import { ApiError } from '../errors.js'
import { readNotification } from '../world/notification.js'
import type { Serializers } from '../world/serializers.js'
import type { Person, Room, RoomEntry } from '../world/state.js'
import type { RestDeps } from './rest-deps.js'
import type { Grant } from './scope-guard.js'

/** Posts messages to rooms and people, and reads the history. */
export function messageRoutes(deps: RestDeps): void {
  writeMessages(deps)
  readHistory(deps)
}

function writeMessages({ route, world, chat, api, flood }: RestDeps): void {
  route('post', '/v2/room/:room/notification', ['send_notification'], (ctx, grant) => {
    const room = grant.reach(ctx.params['room'])
    flood(ctx, String(room.id))
    const { entry } = chat.notify(grant.client, room, readNotification(bodyOf(ctx)))
    ctx.set('Location', `${api()}/room/${room.id}/history/${entry.id}`)
    ctx.status = 204
    ctx.type = 'text/html'
  })

  route('post', '/v2/room/:room/message', ['send_message'], (ctx, grant) => {
    const room = grant.reach(ctx.params['room'])
    flood(ctx, String(room.id))
    const { entry } = chat.say(room, personOf(grant), textIn(ctx, 'message', 32_768))
    ctx.status = 201
    ctx.body = { id: entry.id, timestamp: entry.date }
  })

  route('post', '/v2/room/:room/reply', ['send_message'], (ctx, grant) => {
    const room = grant.reach(ctx.params['room'])
    find(room, textIn(ctx, 'parentMessageId', 36))
    chat.say(room, personOf(grant), textIn(ctx, 'message', 32_768))
    ctx.status = 204
  })

  route('post', '/v2/room/:room/share/link', ['send_message'], (ctx, grant) => {
    const message = membersOf(ctx)['message']
    const line = [message, textIn(ctx, 'link', 32_768)].filter((part) => typeof part === 'string' && part).join(' ')
    chat.say(grant.reach(ctx.params['room']), personOf(grant), line)
    ctx.status = 204
  })

  route('post', '/v2/user/:user/message', ['send_message'], (ctx, { client }) => {
    const person = world.person(ctx.params['user'] ?? '')
    flood(ctx, `user ${person.id}`)
    const { message, message_format: format, notify } = readNotification({ message_format: 'text', ...membersOf(ctx) })
    chat.whisper(client, person, message, format, notify)
    ctx.status = 204
  })
}

function readHistory({ route, serializers, api }: RestDeps): void {
  route('get', '/v2/room/:room/history', ['view_messages'], (ctx, grant) => {
    const room = grant.reach(ctx.params['room'])
    ctx.body = historyOf(ctx, room.history.filter(isPublic), `${api()}/room/${room.id}/history`, serializers)
  })

  route('get', '/v2/room/:room/history/latest', ['view_messages'], (ctx, grant) => {
    const room = grant.reach(ctx.params['room'])
    const entries = room.history.filter(isPublic)
    const after = entries.findIndex(({ id }) => id === ctx.query['not-before'])
    const place = { start: 0, most: placeIn(ctx, 1000).most }
    const items = entries.slice(Math.max(0, after)).slice(-place.most).map(serializers.entry)
    ctx.body = serializers.page(items, `${api()}/room/${room.id}/history/latest`, place)
  })

  route('get', '/v2/room/:room/history/:message', ['view_messages'], (ctx, grant) => {
    const room = grant.reach(ctx.params['room'])
    const entry = find(room, ctx.params['message'] ?? '')
    if (!isPublic(entry)) throw new ApiError(404, 'Message not found')
    ctx.body = { message: serializers.entry(entry) }
  })
}

/** A page of entries, oldest first, within the requested dates. */
export function historyOf(
  ctx: RouterContext,
  all: readonly RoomEntry[],
  url: string,
  serializers: Serializers,
): object {
  const recent = ctx.query['date'] === 'recent'
  const until = recent ? Number.POSITIVE_INFINITY : timeIn(ctx, 'date', Number.POSITIVE_INFINITY)
  const from = timeIn(ctx, 'end-date', Number.NEGATIVE_INFINITY)
  const within = ({ date }: RoomEntry) => Date.parse(date) <= until && Date.parse(date) >= from
  const entries = all
    .slice(recent ? -75 : 0)
    .filter(within)
    .map(serializers.entry)
  if (ctx.query['reverse'] === 'false') return serializers.page(entries, url, placeIn(ctx, 1000))
  // Without an offset, the newest entries; each page is oldest first.
  const page = serializers.page(entries.toReversed(), url, placeIn(ctx, 1000))
  return { ...page, items: page.items.toReversed() }
}

function isPublic({ kind }: RoomEntry): boolean {
  return kind !== 'notice' && kind !== 'private'
}

/** The requested position in a collection. */
export function placeIn(ctx: RouterContext, most: number): { readonly start: number; readonly most: number } {
  return { start: whole(ctx, 'start-index', 0, 1_000_000), most: whole(ctx, 'max-results', Math.min(100, most), most) }
}

/** The members of a request's body. */
export function membersOf(ctx: RouterContext): Readonly<Record<string, unknown>> {
  const { body } = ctx.request
  if (!isRecord(body)) throw new ApiError(400, 'The request body must be a JSON object')
  return { ...body }
}

/** A required string. */
export function textIn(ctx: RouterContext, field: string, most: number, least = 1): string {
  const value = membersOf(ctx)[field]
  if (typeof value !== 'string')
    throw new ApiError(400, `Required field '${field}' is missing`, { field, validation: 'required' })
  if (value.length < least || value.length > most) {
    const fault = { field, validation: value.length < least ? 'minLength' : 'maxLength' }
    throw new ApiError(400, `Length of value for field '${field}' must be from ${least} to ${most}`, fault)
  }
  return value
}

function whole(ctx: RouterContext, field: string, otherwise: number, most: number): number {
  const given = ctx.query[field]
  if (given === undefined) return otherwise
  const value = Number(given)
  if (Number.isInteger(value) && value >= 0 && value <= most) return value
  throw new ApiError(400, `'${field}' must be a whole number from 0 to ${most}`, { field, validation: 'type' })
}

/** A date, ISO or Unix seconds; `otherwise` if it is missing. */
function timeIn(ctx: RouterContext, field: string, otherwise: number): number {
  const given = ctx.query[field]
  if (typeof given !== 'string' || given === 'null') return otherwise
  // If a client does not encode the plus of a time zone, it arrives as a space.
  const date = given.replace(/ (?=\d\d:?\d\d$)/, '+')
  const time = /^\d+(\.\d+)?$/.test(date) ? Number(date) * 1000 : Date.parse(date)
  if (Number.isNaN(time)) throw new ApiError(400, `'${field}' must be a date`, { field, validation: 'format' })
  return time
}

function find(room: Room, id: string): RoomEntry {
  const entry = room.history.find((one) => one.id === id)
  if (!entry) throw new ApiError(404, 'Message not found')
  return entry
}

/** The person that a token acts as. */
export function personOf({ person }: Grant): Person {
  if (!person) throw new ApiError(403, 'This action requires a user token')
  return person
}

/** Forms contain only strings; the names of fields determine their types. */
function bodyOf(ctx: RouterContext): unknown {
  const { body } = ctx.request
  if (!ctx.is('urlencoded') || !isRecord(body)) return body
  const notify = 'notify' in body ? { notify: /^(true|1)$/i.test(String(body['notify'])) } : {}
  return { ...body, ...notify }
}
