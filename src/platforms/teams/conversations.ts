import { createCache } from '../../shared/cache.js'
import { shortHash } from '../../shared/crypto.js'
import { asRecord, isRecord, readText } from '../../shared/json.js'
import { orUnavailable } from '../../stores/or-unavailable.js'
import type { Store } from '../../stores/store.js'
import { type Activity, name, type ReplyTo, readId, roomIdOf } from './wire.js'

/** A conversation with a verified activity, and how to post to it. */
export interface KnownConversation {
  readonly room: { readonly id: string; readonly name: string }
  readonly replyTo: ReplyTo
  /** A channel's team. */
  readonly teamId?: string | undefined
}

/** A team with the bot, from a message in one of its channels. */
export interface KnownTeam {
  readonly id: string
  readonly replyTo: ReplyTo
}

/** Known conversations, because the service lists none. */
export interface Conversations {
  /** Stores a verified activity's conversation, or removes it if the bot was removed. */
  note(activity: Activity, replyTo: ReplyTo): Promise<void>
  find(roomId: string): Promise<KnownConversation | undefined>
  listTeams(): AsyncIterable<KnownTeam>
}

/** Creates the store, shared by all processes. It writes only changes. */
export function createConversations(store: Pick<Store, 'get' | 'set' | 'list' | 'delete'>): Conversations {
  const written = createCache<string>({ max: 20_000 })

  async function keep(key: string, value: object): Promise<void> {
    const text = JSON.stringify(value)
    if (written.get(key) === text) return
    if (JSON.stringify(await orUnavailable(() => store.get(key))) !== text)
      await orUnavailable(() => store.set(key, value))
    written.set(key, text)
  }

  async function forget(key: string): Promise<void> {
    written.delete(key)
    await orUnavailable(() => store.delete(key))
  }

  async function note(activity: Activity, replyTo: ReplyTo): Promise<void> {
    const { team, channel, conversation } = activity
    const roomId = roomIdOf(replyTo.conversationId)
    if (leaves(activity)) {
      await forget(roomKey(roomId))
      if (team.id) await forget(teamKey(team.id))
      return
    }
    const { userId: _, ...lasting } = { ...replyTo, conversationId: roomId }
    const title = channel.name ?? conversation.name ?? roomId
    await keep(roomKey(roomId), { room: { id: roomId, name: title }, replyTo: lasting, teamId: team.id })
    if (team.id) await keep(teamKey(team.id), { id: team.id, replyTo: lasting })
  }

  return {
    note,
    async find(roomId) {
      const known = readKnown(await store.get(roomKey(roomId)))
      if (known?.room.id !== roomId) return undefined
      return known.teamId && !(await store.get(teamKey(known.teamId))) ? undefined : known
    },
    async *listTeams() {
      for await (const [, value] of store.list(teamKey())) {
        const { id, replyTo } = asRecord(value)
        const [teamId, way] = [readId(id), readReplyTo(replyTo)]
        if (teamId && way) yield { id: teamId, replyTo: way }
      }
    },
  }
}

/** Decodes an invocation's `replyTo`; undefined if it is not ours. */
export function readReplyTo(value: unknown): ReplyTo | undefined {
  if (!isRecord(value)) return undefined
  const { serviceUrl, conversationId, botId, tenantId } = value
  const whole = [serviceUrl, conversationId, botId, tenantId].every((part) => typeof part === 'string')
  return whole ? (value as unknown as ReplyTo) : undefined
}

/** Whether the bot was removed; an upgrade does not count. */
function leaves({ type, action, membersRemoved, recipient }: Activity): boolean {
  if (type === 'installationUpdate') return action === 'remove'
  return type === 'conversationUpdate' && membersRemoved.some(({ id }) => id !== undefined && id === recipient.id)
}

function readKnown(value: unknown): KnownConversation | undefined {
  const { room, replyTo, teamId } = asRecord(value)
  const [id, title] = [readId(asRecord(room)['id']), readText(asRecord(room)['name'])]
  const way = readReplyTo(replyTo)
  return id && way ? { room: { id, name: title ?? id }, replyTo: way, teamId: readId(teamId) } : undefined
}

/** Ids are long and contain characters that keys must not have. */
function roomKey(roomId: string): string {
  return `room/${name}/${shortHash(roomId)}`
}

function teamKey(teamId?: string): string {
  return `team/${name}/${teamId === undefined ? '' : shortHash(teamId)}`
}
