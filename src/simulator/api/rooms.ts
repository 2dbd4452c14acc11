import type { Router } from '@koa/router'
import { ApiError } from '../errors.js'
import type { Events } from '../events.js'
import { randomVersion } from '../random.js'
import type { Chat } from '../world/chat.js'
import type { Serializers } from '../world/serializers.js'
import type { World } from '../world/world.js'
import { membersOf, placeIn, textIn } from './messages.js'
import type { ScopeGuard } from './scope-guard.js'

/** What the methods of rooms and people need. */
export interface RoomDeps {
  readonly world: World
  readonly chat: Chat
  readonly serializers: Serializers
  readonly gate: ScopeGuard
  readonly events: Events
  readonly api: () => string
  readonly changed: () => void
}

/** Rooms and people: reading them, and the little of changing them that add-ons do. */
export function roomRoutes(router: Router, { world, chat, serializers, gate, events, api, changed }: RoomDeps): void {
  function worldChanged(): void {
    events.emit({ type: 'world' })
    changed()
  }

  router.get(
    '/v2/room',
    gate(['view_group'], (ctx) => {
      const withPrivate = ctx.query['include-private'] !== 'false'
      const withArchived = ctx.query['include-archived'] === 'true'
      const rooms = world
        .rooms()
        .filter((room) => (withPrivate || room.privacy === 'public') && (withArchived || !room.isArchived))
      ctx.body = serializers.page(rooms.map(serializers.room), `${api()}/room`, placeIn(ctx, 1000))
    }),
  )

  router.post(
    '/v2/room',
    gate(['manage_rooms'], (ctx, { person }) => {
      const given = membersOf(ctx)
      const room = world.create({
        name: textIn(ctx, 'name', 50),
        privacy: given['privacy'] === 'private' ? 'private' : 'public',
        ...(typeof given['topic'] === 'string' ? { topic: given['topic'].slice(0, 250) } : {}),
        ...(person ? { ownerId: person.id } : {}),
      })
      worldChanged()
      chat.happen('room_created', room, person).catch(() => undefined)
      ctx.status = 201
      ctx.set('Location', `${api()}/room/${room.id}`)
      ctx.body = { id: room.id, links: { self: `${api()}/room/${room.id}` } }
    }),
  )

  router.get(
    '/v2/room/:room',
    gate(['view_group', 'view_room'], (ctx, grant) => {
      ctx.body = serializers.roomInFull(grant.reach(ctx.params['room']))
    }),
  )

  router.put(
    '/v2/room/:room',
    gate(['manage_rooms', 'admin_room'], (ctx, grant) => {
      const room = grant.reach(ctx.params['room'])
      const given = membersOf(ctx)
      const was = room.isArchived
      if (typeof given['name'] === 'string') room.name = textIn(ctx, 'name', 50)
      if (typeof given['topic'] === 'string') room.topic = textIn(ctx, 'topic', 250, 0)
      if (given['privacy'] === 'public' || given['privacy'] === 'private') room.privacy = given['privacy']
      if (typeof given['is_archived'] === 'boolean') room.isArchived = given['is_archived']
      room.version = randomVersion()
      worldChanged()
      if (was !== room.isArchived) {
        chat.happen(room.isArchived ? 'room_archived' : 'room_unarchived', room, grant.person).catch(() => undefined)
      }
      ctx.status = 204
    }),
  )

  router.delete(
    '/v2/room/:room',
    gate(['manage_rooms'], (ctx, grant) => {
      const room = grant.reach(ctx.params['room'])
      world.remove(room)
      worldChanged()
      chat.happen('room_deleted', room, grant.person).catch(() => undefined)
      ctx.status = 204
    }),
  )

  router.put(
    '/v2/room/:room/topic',
    gate(['admin_room'], (ctx, grant) => {
      const room = grant.reach(ctx.params['room'])
      chat.topic(room, textIn(ctx, 'topic', 250, 0), grant.person).deliveries.catch(() => undefined)
      ctx.status = 204
    }),
  )

  for (const [path, scopes] of [
    ['participant', ['view_group', 'view_room']],
    ['member', ['view_group', 'view_room', 'admin_room']],
  ] as const) {
    router.get(
      `/v2/room/:room/${path}`,
      gate(scopes, (ctx, grant) => {
        const room = grant.reach(ctx.params['room'])
        const people = world.roster(room).map(serializers.person)
        ctx.body = serializers.page(people, `${api()}/room/${room.id}/${path}`, placeIn(ctx, 1000))
      }),
    )
  }

  for (const method of ['put', 'delete'] as const) {
    router[method](
      '/v2/room/:room/member/:user',
      gate(['admin_room'], (ctx, grant) => {
        const room = grant.reach(ctx.params['room'])
        const { id } = world.person(ctx.params['user'] ?? '')
        room.members = room.members.filter((member) => member !== id)
        if (method === 'put') room.members.push(id)
        worldChanged()
        ctx.status = 204
      }),
    )
  }

  router.post(
    '/v2/room/:room/invite/:user',
    gate(['admin_room'], (ctx, grant) => {
      const room = grant.reach(ctx.params['room'])
      const { name } = world.person(ctx.params['user'] ?? '')
      chat.notice(room, `${name} was invited.`)
      ctx.status = 204
    }),
  )

  router.get(
    '/v2/user',
    gate(['view_group'], (ctx) => {
      ctx.body = serializers.page(world.people().map(serializers.person), `${api()}/user`, placeIn(ctx, 1000))
    }),
  )

  router.get(
    '/v2/user/:user',
    gate(['view_group'], (ctx) => {
      ctx.body = serializers.personInFull(world.person(ctx.params['user'] ?? ''))
    }),
  )

  for (const [path, scope] of [
    ['/v2/addon/ui', 'view_group'],
    ['/v2/addon/ui/room/:room', 'view_room'],
    ['/v2/addon/ui/user/:user', 'view_group'],
    ['/v2/addon/ui/room/:room/user/:user', 'view_group'],
  ] as const) {
    router.post(
      path,
      gate([scope], (ctx, grant) => {
        if (ctx.params['room'] !== undefined) grant.reach(ctx.params['room'])
        if (!Array.isArray(membersOf(ctx)['glance'])) {
          throw new ApiError(400, "Required field 'glance' is missing", { field: 'glance', validation: 'required' })
        }
        ctx.status = 204
      }),
    )
  }
}
