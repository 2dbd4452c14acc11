import { asRecord } from '../../shared/json.js'
import { dumps } from '../python-json.js'
import type { World } from './group.js'
import type { Person, Room, RoomEntry, State } from './state.js'

/** Formats people, rooms and messages for the API. */
export type Serializers = ReturnType<typeof createSerializers>

/** Creates the serializers, with links below `api`, the address of `/v2`. */
export function createSerializers(world: World, api: () => string) {
  const linkTo = (path: string) => ({ self: `${api()}/${path}` })

  const pictureAt = (path: string) => (world.state.pictures?.[path] === undefined ? null : `${api()}/${path}`)

  const serializers = {
    group({ id, name }: State['group']) {
      return { id, name, links: linkTo(`group/${id}`) }
    },

    person({ id, mentionName, name, version }: Person) {
      return { id, links: linkTo(`user/${id}`), mention_name: mentionName, name, version }
    },

    personInFull: (one: Person) => ({
      ...serializers.person(one),
      email: one.email,
      title: one.title ?? '',
      timezone: one.timezone,
      is_guest: false,
      is_group_admin: one.isAdmin ?? one.id === world.state.people[0]?.id,
      is_deleted: one.isDeleted ?? false,
      roles: ['user'],
      created: '2015-01-01T00:00:00+00:00',
      last_active: null,
      photo_url: pictureAt(`user/${one.id}/photo`),
      presence: { is_online: true, show: 'chat' },
      xmpp_jid: `${world.state.group.id}_${one.id}@chat.hipchat.example`,
      group: serializers.group(world.state.group),
    }),

    room: (room: Room) => ({
      id: room.id,
      is_archived: room.isArchived,
      links: {
        ...(room.privacy === 'private' ? { members: `${api()}/room/${room.id}/member` } : {}),
        participants: `${api()}/room/${room.id}/participant`,
        self: `${api()}/room/${room.id}`,
        webhooks: `${api()}/room/${room.id}/webhook`,
      },
      name: room.name,
      privacy: room.privacy,
      version: room.version,
    }),

    statistics: (room: Room) => ({
      links: linkTo(`room/${room.id}/statistics`),
      messages_sent: room.history.length,
      last_active: room.history.at(-1)?.date ?? null,
    }),

    roomInFull: (room: Room, last_active = room.history.at(-1)?.date ?? null) => ({
      ...serializers.room(room),
      topic: room.topic,
      is_guest_accessible: room.isGuestAccessible ?? false,
      guest_access_url: null,
      created: room.created,
      last_active,
      owner: serializers.person(world.person(room.ownerId)),
      participants: world.roster(room).map(serializers.person),
      statistics: serializers.statistics(room),
      xmpp_jid: `${world.state.group.id}_${room.id}@conf.hipchat.example`,
      avatar_url: pictureAt(`room/${room.id}/avatar`),
      delegate_admin_visibility: room.delegatesAdmin ?? null,
    }),

    /** A person's message or a notification, for webhooks and the history. */
    entry(entry: RoomEntry): Readonly<Record<string, unknown>> {
      const mentions = (entry.mentions ?? []).map((id) => serializers.person(world.person(id)))
      const shared = { date: entry.date, id: entry.id, mentions, message: entry.text }
      if (entry.kind !== 'notification') {
        const from = entry.userId === undefined ? (entry.from ?? '') : serializers.person(world.person(entry.userId))
        const type = entry.kind === 'topic' ? 'topic' : 'message'
        return { ...shared, ...(entry.file ? { file: entry.file } : {}), from, type }
      }
      return {
        ...shared,
        from: entry.from ?? '',
        type: 'notification',
        color: entry.color,
        message_format: entry.format,
        ...(entry.attachTo ? { attach_to: entry.attachTo } : {}),
        ...(entry.card ? { card: dumps({ ...entry.card, validation }) } : {}),
        ...(entry.sender ? { notification_sender: entry.sender } : {}),
      }
    },

    /** The object of a reference to a room or person. */
    resolve(reference: Readonly<Record<string, unknown>>): object | undefined {
      const { self } = asRecord(reference['links'])
      if (typeof self !== 'string' || !self.startsWith(`${api()}/`)) return undefined
      const [kind, id, more] = self.slice(api().length + 1).split('/')
      if (more !== undefined) return undefined
      if (kind === 'user') return serializers.personInFull(world.person(id ?? ''))
      return kind === 'room' ? serializers.roomInFull(world.room(id ?? '')) : undefined
    },

    /** A page of a collection, with its position. */
    page<T>(all: readonly T[], url: string, { start, most }: { readonly start: number; readonly most: number }) {
      const at = (index: number) => `${url}?start-index=${index}&max-results=${most}`
      return {
        items: all.slice(start, start + most),
        startIndex: start,
        maxResults: most,
        links: {
          self: url,
          ...(start > 0 ? { prev: at(Math.max(0, start - most)) } : {}),
          ...(start + most < all.length ? { next: at(start + most) } : {}),
        },
      }
    },
  }
  return serializers
}

const validation = {
  safehtmls: ['activity.html'],
  safeurls: ['url', 'images.image', 'icon.url', 'icon.url@2x', 'icon', 'thumbnail.url@2x', 'thumbnail.url'],
}
