import { Router } from '@koa/router'
import type { RestDeps } from '../api/rest-deps.js'
import { ApiError } from '../errors.js'
import type { Faults } from '../faults.js'
import { issueToken } from '../issue-token.js'
import type { WireLog } from '../wire/wire-log.js'
import type { Addons } from '../world/addons.js'
import { showAddon } from '../world/clients.js'
import { bodyOf, flagOf, idOrName, oneOf, readFault, readTokenRequest, textOf } from './input.js'
import type { Stream } from './stream.js'
import { wireRoutes } from './wire-routes.js'

/** What people and tests drive. */
export interface AdminDeps extends Pick<RestDeps, 'world' | 'clients' | 'chat' | 'changed' | 'worldChanged'> {
  readonly addons: Addons
  readonly faults: Faults
  readonly stream: Stream
  readonly wire: WireLog
  readonly reset: () => void
}

/** The simulator's own API under `/simulator`, for its page, for curl and for tests. */
export function adminRoutes(deps: AdminDeps): Router {
  const router = new Router({ prefix: '/simulator' })
  for (const add of [roomRoutes, chatRoutes, installationRoutes, faultRoutes, wireRoutes]) add(router, deps)
  return router
}

function roomRoutes(router: Router, { world, clients, chat, stream, faults, reset, worldChanged }: AdminDeps): void {
  router.get('/events', stream.middleware)

  router.get('/state', (ctx) => {
    ctx.body = {
      group: world.state.group,
      people: world.people().map(({ id, name, mentionName }) => ({ id, name, mentionName })),
      rooms: world.rooms().map((room) => ({ ...room, people: world.roster(room).map(({ id }) => id) })),
      addons: clients.all().map(showAddon),
      deliveries: chat.webhooks.log(),
      faults: faults.list(),
    }
  })

  router.get('/rooms', (ctx) => {
    ctx.body = world.rooms().map(({ history: _, ...room }) => room)
  })

  router.post('/rooms', (ctx) => {
    const { name, topic, privacy } = bodyOf(ctx)
    const room = world.create({
      name: textOf(name, 'name', 50),
      ...(topic === undefined ? {} : { topic: textOf(topic, 'topic', 250) }),
      privacy: privacy === undefined ? 'public' : oneOf(privacy, 'privacy', ['public', 'private']),
    })
    worldChanged()
    ctx.status = 201
    ctx.body = { id: room.id, name: room.name }
  })

  router.get('/rooms/:room/history', (ctx) => {
    ctx.body = world.room(ctx.params['room'] ?? '').history
  })

  router.get('/deliveries', (ctx) => {
    ctx.body = chat.webhooks.log()
  })

  router.post('/reset', (ctx) => {
    reset()
    worldChanged()
    ctx.status = 204
  })
}

function chatRoutes(router: Router, { world, chat }: AdminDeps): void {
  router.post('/say', (ctx) => {
    const { room, user, text } = bodyOf(ctx)
    const place = world.room(idOrName(room, 'room'))
    ctx.body = chat.say(place, world.person(idOrName(user, 'user')), textOf(text, 'text', 32_768)).entry
    ctx.status = 201
  })

  router.post('/topic', (ctx) => {
    const { room, user, topic } = bodyOf(ctx)
    if (typeof topic !== 'string' || topic.length > 250)
      throw new ApiError(400, "'topic' must be a string of up to 250 characters")
    ctx.body = chat.topic(world.room(idOrName(room, 'room')), topic, world.person(idOrName(user, 'user'))).entry
    ctx.status = 201
  })

  router.post('/presence', (ctx) => {
    const { room, user, event } = bodyOf(ctx)
    chat.happen(
      oneOf(event, 'event', ['room_enter', 'room_exit']),
      world.room(idOrName(room, 'room')),
      world.person(idOrName(user, 'user')),
    )
    ctx.status = 204
  })

  router.post('/notice', (ctx) => {
    const { room, text } = bodyOf(ctx)
    const rooms = room === undefined ? world.rooms() : [world.room(idOrName(room, 'room'))]
    for (const one of rooms) chat.notice(one, textOf(text, 'text', 10_000))
    ctx.status = 204
  })
}

function installationRoutes(router: Router, { world, clients, addons, changed, worldChanged }: AdminDeps): void {
  router.post('/install', async (ctx) => {
    const { url, room, follow } = bodyOf(ctx)
    const how = { follow: flagOf(follow, 'follow', true) }
    const place = room === undefined || room === null ? {} : { room: world.room(idOrName(room, 'room')) }
    ctx.body = await addons.install(textOf(url, 'url', 100_000), { ...place, ...how })
    worldChanged()
    ctx.status = 201
  })

  router.post('/update', async (ctx) => {
    const { oauthId, follow } = bodyOf(ctx)
    ctx.body = await addons.update(textOf(oauthId, 'oauthId', 100), { follow: flagOf(follow, 'follow', true) })
    worldChanged()
  })

  router.post('/uninstall', async (ctx) => {
    const { oauthId, follow } = bodyOf(ctx)
    ctx.body = await addons.uninstall(textOf(oauthId, 'oauthId', 100), { follow: flagOf(follow, 'follow', true) })
    worldChanged()
  })

  router.post('/tokens', (ctx) => {
    ctx.body = issueToken(readTokenRequest(bodyOf(ctx)), { world, clients })
    changed()
    ctx.status = 201
  })

  router.post('/expire', (ctx) => {
    const { oauthId } = bodyOf(ctx)
    clients.expire(oauthId === undefined ? undefined : textOf(oauthId, 'oauthId', 100))
    changed()
    ctx.status = 204
  })
}

function faultRoutes(router: Router, { faults }: AdminDeps): void {
  router.get('/faults', (ctx) => {
    ctx.body = faults.list()
  })

  router.post('/faults', (ctx) => {
    ctx.body = faults.add(readFault(bodyOf(ctx)))
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
}
