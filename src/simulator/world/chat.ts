import { ApiError } from '../errors.js'
import type { Delivery } from '../events.js'
import type { Clients } from './clients.js'
import type { Draft } from './group.js'
import type { Notification } from './notification.js'
import type { Client, Person, Room, RoomEntry, SharedFile } from './state.js'
import type { RoomEvent } from './webhook-request.js'
import { createWebhooks, type Webhooks, type WebhooksDeps } from './webhooks.js'

/** An entry, and its webhooks. */
export interface Said {
  readonly entry: RoomEntry
  /** Resolves when every webhook was answered or failed. */
  readonly deliveries: Promise<readonly Delivery[]>
}

/** Everything that happens in rooms, reported to webhooks and subscribers. */
export interface Chat {
  readonly webhooks: Webhooks
  /** A person sends a line, optionally with a file. */
  say(room: Room, person: Person, text: string, file?: SharedFile): Said
  /** An add-on shows a notification. */
  notify(sender: Client | undefined, room: Room, notification: Notification): Said
  /** An add-on sends a private message. */
  whisper(sender: Client | undefined, person: Person, text: string, format: 'html' | 'text', notify: boolean): RoomEntry
  topic(room: Room, topic: string, by?: Person): Said
  /** A person enters or leaves, or the room itself changes. */
  happen(event: string, room: Room, person?: Person, item?: RoomEvent['item']): Promise<readonly Delivery[]>
  /** Shows a notice in a room that add-ons do not see. */
  notice(room: Room, text: string): RoomEntry
}

/** What the chat needs. */
export interface ChatDeps extends Omit<WebhooksDeps, 'answer' | 'notice'> {
  /** A hint about a command that people type, if there is one. */
  readonly hintFor?: ((line: string) => string | undefined) | undefined
  /** Called after every change that should be saved. */
  readonly changed: () => void
}

/** Creates the chat. */
export function createChat(deps: ChatDeps): Chat {
  const { world, clients, events, changed } = deps

  function put(room: Room, draft: Draft): RoomEntry {
    const entry = world.add(room, draft)
    events.emit({ type: 'entry', roomId: room.id, entry })
    changed()
    return entry
  }

  const webhooks = createWebhooks({
    ...deps,
    answer: (client, room, notification) => chat.notify(client, room, notification),
    notice: (room, text) => chat.notice(room, text),
  })

  const chat: Chat = {
    webhooks,

    say(room, person, text, file) {
      if (room.isArchived) throw new ApiError(403, 'This room is archived.')
      if (!world.roster(room).includes(person))
        throw new ApiError(403, `${person.name} is not a member of ${room.name}.`)
      const mentions = world.mentions(room, text)
      const entry = put(room, { kind: 'message', text, userId: person.id, mentions, ...(file ? { file } : {}) })
      const roomEvent = { event: 'room_message', room, person, entry }
      const hint = isCommand(text) ? deps.hintFor?.(text) : undefined
      if (hint !== undefined) chat.notice(room, hint)
      else if (isCommand(text) && !webhooks.hasListener(roomEvent)) chat.notice(room, noListenerNotice(clients, room))
      return { entry, deliveries: webhooks.fire(roomEvent) }
    },

    notify(sender, room, notification) {
      if (room.isArchived) throw new ApiError(403, 'This room is archived.')
      const { message, message_format: format, color, notify, from, attach_to: attachTo, card } = notification
      const name = sender?.from ?? 'Integration'
      const entry = put(room, {
        kind: 'notification',
        text: message,
        format,
        notify,
        color: color === 'random' ? (colors[Math.floor(Math.random() * colors.length)] ?? 'yellow') : color,
        from: from && from !== name ? `${name} · ${from}` : name,
        mentions: format === 'text' ? world.mentions(room, message) : [],
        ...(attachTo ? { attachTo } : {}),
        ...(card ? { card } : {}),
        ...(sender ? { sender: { type: 'addon', id: sender.key, client_id: sender.oauthId } } : {}),
      })
      return { entry, deliveries: webhooks.fire({ event: 'room_notification', room, entry }) }
    },

    whisper(sender, person, text, format, notify) {
      const room = world.rooms().find((one) => world.roster(one).includes(person) && inReach(sender, one))
      if (!room) throw new ApiError(404, 'User not found')
      const from = sender?.from ?? 'Integration'
      return put(room, { kind: 'private', text, format, notify, from, toUserId: person.id })
    },

    topic(room, topic, by) {
      room.topic = topic
      const entry = put(room, { kind: 'topic', text: topic, ...(by ? { userId: by.id } : {}) })
      events.emit({ type: 'world' })
      const item = { topic, ...(by ? { sender: deps.serializers.person(by) } : {}) }
      const roomEvent = { event: 'room_topic_change', room, item, ...(by ? { person: by } : {}) }
      return { entry, deliveries: webhooks.fire(roomEvent) }
    },

    happen: (event, room, person, item) =>
      webhooks.fire({ event, room, ...(person ? { person } : {}), ...(item ? { item } : {}) }),

    notice: (room, text) => put(room, { kind: 'notice', text }),
  }
  return chat
}

const colors = ['yellow', 'green', 'red', 'purple', 'gray']

function inReach(client: Client | undefined, room: Room): boolean {
  return client?.roomId === undefined || client.roomId === room.id
}

/** A line that looks like a command; HipChat's own formatting words do not count. */
function isCommand(text: string): boolean {
  return /^\/(?!(me|em|quote|code|pre|monospace)\b)\w/.test(text)
}

function noListenerNotice(clients: Clients, room: Room): string {
  const here = clients.all().filter((client) => inReach(client, room))
  if (here.length === 0) return 'No add-on is installed in this room, so nobody answers.'
  return `No add-on here listens to this line. Installed: ${here.map(({ name }) => name).join(', ')}.`
}
