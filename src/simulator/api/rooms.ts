import { randomVersion } from '../random-version.js'
import { type Check, object, ofType, oneOf, optional, required, text } from '../world/body-checks.js'
import type { IdOrName, World } from '../world/group.js'
import type { Room } from '../world/state.js'
import { membersOf, placeIn, textIn } from './messages.js'
import type { RestDeps } from './rest-deps.js'

/** Rooms and their members. */
export function roomRoutes(deps: RestDeps): void {
  manageRooms(deps)
  manageMembers(deps)
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
    checkNewRoom(given, '')
    const { name, privacy, topic, guest_access: guests, owner_user_id: ownerName, ...others } = given as RoomBody // validated above
    const owner = ownerName === undefined || ownerName === null ? person : world.person(ownerName)
    const room = world.create({
      name: name ?? '',
      privacy: privacy ?? 'public',
      topic: topic ?? '',
      ...(owner ? { ownerId: owner.id } : {}),
    })
    if (guests) room.isGuestAccessible = true
    if (typeof others.delegate_admin_visibility === 'boolean') room.delegatesAdmin = others.delegate_admin_visibility
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
    checkRoom(given, '')
    const was = room.isArchived
    change(room, given as RoomBody, world) // validated above
    room.version = randomVersion()
    worldChanged()
    if (was !== room.isArchived) {
      chat.happen(room.isArchived ? 'room_archived' : 'room_unarchived', room, grant.person)
    }
    ctx.status = 204
  })

  route('get', '/v2/room/:room/statistics', ['view_group', 'view_room'], (ctx, grant) => {
    ctx.body = serializers.statistics(grant.reach(ctx.params['room']))
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

/** Applies a body to a room; missing members and null change nothing. */
interface RoomBody {
  readonly name?: string | null
  readonly topic?: string | null
  readonly privacy?: Room['privacy'] | null
  readonly is_archived?: boolean | null
  readonly is_guest_accessible?: boolean | null
  readonly guest_access?: boolean | null
  readonly delegate_admin_visibility?: boolean | null
  readonly owner?: { readonly id: IdOrName } | null
  readonly owner_user_id?: IdOrName | null
}

const shared: Readonly<Record<string, Check>> = {
  topic: optional(text(0, 250)),
  privacy: optional(oneOf(['public', 'private'])),
  delegate_admin_visibility: optional(ofType('boolean')),
}
const checkNewRoom = object({
  ...shared,
  name: required(text(1, 50)),
  guest_access: optional(ofType('boolean')),
  owner_user_id: optional(idOrText),
})
const checkRoom = object({
  ...shared,
  name: optional(text(1, 50)),
  is_archived: optional(ofType('boolean')),
  is_guest_accessible: optional(ofType('boolean')),
  owner: optional(object({ id: required(idOrText) })),
})

function idOrText(value: unknown, field: string): void {
  if (typeof value !== 'number') text(1)(value, field)
}

function change(room: Room, given: RoomBody, world: World): void {
  const owner = given.owner ? world.person(given.owner.id) : undefined
  if (given.name) world.rename(room, given.name)
  if (owner) room.ownerId = owner.id
  room.topic = given.topic ?? room.topic
  room.privacy = given.privacy ?? room.privacy
  room.isArchived = given.is_archived ?? room.isArchived
  room.isGuestAccessible = given.is_guest_accessible ?? room.isGuestAccessible ?? false
  room.delegatesAdmin = given.delegate_admin_visibility ?? room.delegatesAdmin ?? false
}
