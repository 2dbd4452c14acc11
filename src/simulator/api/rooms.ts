import { ApiError } from '../errors.js'
import { randomVersion } from '../random-tokens.js'
import { membersOf, placeIn, textIn } from './messages.js'
import type { RestDeps } from './rest-deps.js'

/** Rooms and people: reading them, and the little of changing them that add-ons do. */
export function roomRoutes(deps: RestDeps): void {
  manageRooms(deps)
  manageMembers(deps)
  listPeople(deps)
  takeGlances(deps)
}

function manageRooms({ route, world, chat, serializers, api, worldChanged }: RestDeps): void {
  route('get', '/v2/room', ['view_group'], (ctx) => {
    const withPrivate = ctx.query['include-private'] !== 'false'
    const withArchived = ctx.query['include-archived'] === 'true'
    const rooms = world
      .rooms()
      .filter((room) => (withPrivate || room.privacy === 'public') && (withArchived || !room.isArchived))
    ctx.body = serializers.page(rooms.map(serializers.room), `${api()}/room`, placeIn(ctx, 1000))
  })

  route('post', '/v2/room', ['manage_rooms'], (ctx, { person }) => {
    const given = membersOf(ctx)
    const room = world.create({
      name: textIn(ctx, 'name', 50),
      privacy: given['privacy'] === 'private' ? 'private' : 'public',
      ...(typeof given['topic'] === 'string' ? { topic: given['topic'].slice(0, 250) } : {}),
      ...(person ? { ownerId: person.id } : {}),
    })
    worldChanged()
    chat.happen('room_created', room, person)
    ctx.status = 201
    ctx.set('Location', `${api()}/room/${room.id}`)
    ctx.body = { id: room.id, links: { self: `${api()}/room/${room.id}` } }
  })

  route('get', '/v2/room/:room', ['view_group', 'view_room'], (ctx, grant) => {
    ctx.body = serializers.roomInFull(grant.reach(ctx.params['room']))
  })

  route('put', '/v2/room/:room', ['manage_rooms', 'admin_room'], (ctx, grant) => {
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
      chat.happen(room.isArchived ? 'room_archived' : 'room_unarchived', room, grant.person)
    }
    ctx.status = 204
  })

  route('delete', '/v2/room/:room', ['manage_rooms'], (ctx, grant) => {
    const room = grant.reach(ctx.params['room'])
    world.remove(room)
    worldChanged()
    chat.happen('room_deleted', room, grant.person)
    ctx.status = 204
  })

  route('put', '/v2/room/:room/topic', ['admin_room'], (ctx, grant) => {
    const room = grant.reach(ctx.params['room'])
    chat.topic(room, textIn(ctx, 'topic', 250, 0), grant.person)
    ctx.status = 204
  })
}

function manageMembers({ route, world, chat, serializers, api, worldChanged }: RestDeps): void {
  for (const [path, scopes] of [
    ['participant', ['view_group', 'view_room']],
    ['member', ['view_group', 'view_room', 'admin_room']],
  ] as const) {
    route('get', `/v2/room/:room/${path}`, scopes, (ctx, grant) => {
      const room = grant.reach(ctx.params['room'])
      const people = world.roster(room).map(serializers.person)
      ctx.body = serializers.page(people, `${api()}/room/${room.id}/${path}`, placeIn(ctx, 1000))
    })
  }

  for (const method of ['put', 'delete'] as const) {
    route(method, '/v2/room/:room/member/:user', ['admin_room'], (ctx, grant) => {
      const room = grant.reach(ctx.params['room'])
      const { id } = world.person(ctx.params['user'] ?? '')
      room.members = room.members.filter((member) => member !== id)
      if (method === 'put') room.members.push(id)
      worldChanged()
      ctx.status = 204
    })
  }

  route('post', '/v2/room/:room/invite/:user', ['admin_room'], (ctx, grant) => {
    const room = grant.reach(ctx.params['room'])
    const { name } = world.person(ctx.params['user'] ?? '')
    chat.notice(room, `${name} was invited.`)
    ctx.status = 204
  })
}

function listPeople({ route, world, serializers, api }: RestDeps): void {
  route('get', '/v2/user', ['view_group'], (ctx) => {
    ctx.body = serializers.page(world.people().map(serializers.person), `${api()}/user`, placeIn(ctx, 1000))
  })

  route('get', '/v2/user/:user', ['view_group'], (ctx) => {
    ctx.body = serializers.personInFull(world.person(ctx.params['user'] ?? ''))
  })
}

function takeGlances({ route }: RestDeps): void {
  for (const [path, scope] of [
    ['/v2/addon/ui', 'view_group'],
    ['/v2/addon/ui/room/:room', 'view_room'],
    ['/v2/addon/ui/user/:user', 'view_group'],
    ['/v2/addon/ui/room/:room/user/:user', 'view_group'],
  ] as const) {
    route('post', path, [scope], (ctx, grant) => {
      if (ctx.params['room'] !== undefined) grant.reach(ctx.params['room'])
      if (!Array.isArray(membersOf(ctx)['glance'])) {
        throw new ApiError(400, "Required field 'glance' is missing", { field: 'glance', validation: 'required' })
      }
      ctx.status = 204
    })
  }
}
