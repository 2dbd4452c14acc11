import { Router, type RouterContext } from '@koa/router'
import type { Middleware } from 'koa'
import { isRecord } from '../shared/json.js'
import { ApiError, InstallError } from './errors.js'
import type { Events } from './events.js'
import { type Fault, type Faults, faultKinds, faultTargets } from './faults.js'
import type { Addons } from './world/addons.js'
import { scopes } from './world/capabilities.js'
import type { Chat } from './world/chat.js'
import type { Clients } from './world/clients.js'
import type { Client, Room } from './world/state.js'
import type { World } from './world/world.js'

/** What people and tests drive. */
export interface AdminDeps {
  readonly world: World
  readonly clients: Clients
  readonly chat: Chat
  readonly addons: Addons
  readonly faults: Faults
  readonly events: Events
  readonly stream: Middleware
  readonly reset: () => void
  readonly changed: () => void
}

/** The simulator's own API under `/simulator`, for its page, for people with curl and for tests. */
export function adminRoutes({
  world,
  clients,
  chat,
  addons,
  faults,
  events,
  stream,
  reset,
  changed,
}: AdminDeps): Router {
  const router = new Router({ prefix: '/simulator' })
  router.use(problems)

  const worldChanged = () => {
    events.emit({ type: 'world' })
    changed()
  }

  router.get('/events', stream)

  router.get('/state', (ctx) => {
    ctx.body = {
      group: world.state.group,
      people: world.people().map(({ id, name, mentionName }) => ({ id, name, mentionName })),
      rooms: world.rooms().map((room) => ({ ...room, people: world.roster(room).map(({ id }) => id) })),
      addons: clients.all().map(showAddon),
      deliveries: chat.webhooks.log(),
    }
  })

  router.get('/rooms', (ctx) => {
    ctx.body = world.rooms().map(({ history: _, ...room }) => room)
  })

  router.post('/rooms', (ctx) => {
    const { name, topic, privacy } = given(ctx)
    const room = world.create({
      name: word(name, 'name', 50),
      ...(topic === undefined ? {} : { topic: word(topic, 'topic', 250) }),
      privacy: privacy === 'private' ? 'private' : 'public',
    })
    worldChanged()
    ctx.status = 201
    ctx.body = { id: room.id, name: room.name }
  })

  router.get('/rooms/:room/history', (ctx) => {
    ctx.body = world.room(ctx.params['room'] ?? '').history
  })

  router.post('/say', (ctx) => {
    const { room, user, text } = given(ctx)
    const said = chat.say(
      world.room(idOrName(room, 'room')),
      world.person(idOrName(user, 'user')),
      word(text, 'text', 32_768),
    )
    said.deliveries.catch(() => undefined)
    ctx.status = 201
    ctx.body = said.entry
  })

  router.post('/topic', (ctx) => {
    const { room, user, topic } = given(ctx)
    if (typeof topic !== 'string' || topic.length > 250)
      throw new ApiError(400, "'topic' must be text of up to 250 characters")
    const said = chat.topic(world.room(idOrName(room, 'room')), topic, world.person(idOrName(user, 'user')))
    said.deliveries.catch(() => undefined)
    ctx.status = 201
    ctx.body = said.entry
  })

  router.post('/presence', (ctx) => {
    const { room, user, event } = given(ctx)
    if (event !== 'room_enter' && event !== 'room_exit')
      throw new ApiError(400, "'event' must be room_enter or room_exit")
    chat.happen(event, world.room(idOrName(room, 'room')), world.person(idOrName(user, 'user'))).catch(() => undefined)
    ctx.status = 204
  })

  router.post('/notice', (ctx) => {
    const { room, text } = given(ctx)
    const rooms = room === undefined ? world.rooms() : [world.room(idOrName(room, 'room'))]
    for (const one of rooms) chat.notice(one, word(text, 'text', 10_000))
    ctx.status = 204
  })

  router.post('/install', async (ctx) => {
    const { url, room, follow } = given(ctx)
    const place: { room?: Room } =
      room === undefined || room === null ? {} : { room: world.room(idOrName(room, 'room')) }
    ctx.body = await addons.install(word(url, 'url', 100_000), { ...place, follow: follow !== false })
    worldChanged()
    ctx.status = 201
  })

  router.post('/update', async (ctx) => {
    const { oauthId, follow } = given(ctx)
    ctx.body = await addons.update(word(oauthId, 'oauthId', 100), { follow: follow !== false })
    worldChanged()
  })

  router.post('/uninstall', async (ctx) => {
    const { oauthId, follow } = given(ctx)
    ctx.body = await addons.uninstall(word(oauthId, 'oauthId', 100), { follow: follow !== false })
    worldChanged()
  })

  router.post('/tokens', (ctx) => {
    const { user, room, scopes: wanted } = given(ctx)
    const place = room === undefined ? {} : { roomId: world.room(idOrName(room, 'room')).id }
    const owner = user === undefined ? {} : { userId: world.person(idOrName(user, 'user')).id }
    const granted = Array.isArray(wanted) ? wanted.map(String).filter((one) => Object.hasOwn(scopes, one)) : undefined
    const usual = user === undefined ? ['send_notification'] : Object.keys(scopes)
    const kind = user === undefined ? 'room_notification' : 'personal'
    const { token, expiresAt } = clients.issue({ kind, scopes: granted ?? usual, ...place, ...owner })
    changed()
    ctx.status = 201
    ctx.body = { token, expiresAt }
  })

  router.post('/expire', (ctx) => {
    const { oauthId } = given(ctx)
    clients.expire(oauthId === undefined ? undefined : word(oauthId, 'oauthId', 100))
    changed()
    ctx.status = 204
  })

  router.get('/faults', (ctx) => {
    ctx.body = faults.list()
  })

  router.post('/faults', (ctx) => {
    ctx.body = faults.add(readFault(given(ctx)))
    ctx.status = 201
  })

  router.delete('/faults', (ctx) => {
    faults.clear()
    ctx.status = 204
  })

  router.delete('/faults/:id', (ctx) => {
    faults.clear(Number(ctx.params['id']))
    ctx.status = 204
  })

  router.get('/deliveries', (ctx) => {
    ctx.body = chat.webhooks.log()
  })

  router.post('/reset', (ctx) => {
    reset()
    worldChanged()
    ctx.status = 204
  })

  return router
}

/** An installation as people may see it, without its secret. */
export function showAddon({
  oauthId,
  key,
  name,
  from,
  avatar,
  roomId,
  pending,
  scopes: granted,
  descriptorUrl,
  webhooks,
}: Client) {
  return { oauthId, key, name, from, avatar, roomId, pending, scopes: granted, descriptorUrl, webhooks }
}

/** Errors as problem documents. */
const problems: Middleware = async (ctx, next) => {
  try {
    await next()
  } catch (error) {
    const status = error instanceof ApiError ? error.status : error instanceof InstallError ? 422 : undefined
    if (status === undefined || !(error instanceof Error)) throw error
    ctx.status = status
    ctx.body = JSON.stringify({
      title: status === 422 ? 'The add-on could not be installed' : 'Bad request',
      status,
      detail: error.message,
    })
    ctx.type = 'application/problem+json'
  }
}

function given(ctx: RouterContext): Readonly<Record<string, unknown>> {
  if (!ctx.is('json')) throw new ApiError(415, 'Send JSON with Content-Type: application/json')
  const { body } = ctx.request
  if (!isRecord(body)) throw new ApiError(400, 'Send a JSON object')
  return { ...body }
}

function word(value: unknown, name: string, most: number): string {
  if (typeof value !== 'string' || value === '') throw new ApiError(400, `'${name}' must be text`)
  if (value.length > most) throw new ApiError(400, `'${name}' is longer than ${most} characters`)
  return value
}

function idOrName(value: unknown, name: string): string | number {
  return typeof value === 'number' ? value : word(value, name, 200)
}

function readFault(body: Readonly<Record<string, unknown>>): Fault {
  const target = faultTargets.find((one) => one === (body['target'] ?? 'any'))
  const kind = faultKinds.find((one) => one === body['kind'])
  if (!target) throw new ApiError(400, `'target' must be one of ${faultTargets.join(', ')}`)
  if (!kind) throw new ApiError(400, `'kind' must be one of ${faultKinds.join(', ')}`)
  const numbers = ['count', 'forMs', 'delayMs', 'status'].filter((name) => body[name] !== undefined)
  const bad = numbers.find(
    (name) => !Number.isInteger(body[name]) || Number(body[name]) < 0 || Number(body[name]) > 600_000,
  )
  if (bad) throw new ApiError(400, `'${bad}' must be a whole number from 0 to 600000`)
  return { target, kind, ...Object.fromEntries(numbers.map((name) => [name, Number(body[name])])) }
}
