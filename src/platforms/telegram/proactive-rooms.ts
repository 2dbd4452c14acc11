import type { Installation } from '../../model/installation.js'
import type { ReplyTarget } from '../../model/schedule.js'
import { type Chats, chatIdOf, titleOf } from './chats/chats.js'
import { roomIdOf } from './decode.js'
import type { ReplyTo } from './wire.js'

/** Creates a function that finds chats to post to unasked, by id or title; none without names, because nobody asked for it. */
export function createListRooms({ chats }: { readonly chats: Chats }) {
  return async function* rooms(names: readonly string[] = [], only?: string): AsyncGenerator<ReplyTarget> {
    for (const wanted of names) {
      for await (const { installation, threadId } of findChats(chats, wanted.replace(/^#/, ''))) {
        if (only === undefined || installation.id === only) yield toTarget(installation, threadId)
      }
    }
  }
}

/** A chat, and optionally a topic. */
export interface FoundChat {
  readonly installation: Installation
  readonly threadId?: string | undefined
}

/** The chats with this id, else this title or public name, among those with a message. */
export async function* findChats(chats: Chats, idOrName: string): AsyncGenerator<FoundChat> {
  const { chatId, threadId } = readRoomId(idOrName)
  if (chatId) {
    const installation = await chats.find(chatId)
    if (installation) yield { installation, threadId }
    return
  }
  const wanted = idOrName.toLowerCase()
  const name = wanted.replace(/^@/, '')
  for await (const installation of chats.list()) {
    const { username } = installation.details
    const isCalled = installation.tenant.name?.toLowerCase() === wanted
    if (isCalled || (typeof username === 'string' && username.toLowerCase() === name)) yield { installation }
  }
}

/** A room's id: a chat, or a chat and its topic. */
export function readRoomId(id: string): { readonly chatId?: string; readonly threadId?: string } {
  const [, chatId, threadId] = /^(-?\d{1,20})(?::(\d{1,20}))?$/.exec(id) ?? []
  return { ...(chatId ? { chatId } : {}), ...(threadId ? { threadId } : {}) }
}

/** A chat as a target for replies. */
export function toTarget(installation: Installation, threadId?: string): ReplyTarget {
  const { id, tenant } = installation
  const replyTo: ReplyTo = { chatId: chatIdOf(installation), ...(threadId ? { threadId } : {}) }
  const name = titleOf(installation)
  const room = threadId
    ? { id: roomIdOf(id, threadId), name: threadId, untrustedName: true, parent: id }
    : { id, name, untrustedName: true }
  return { installation: id, tenant, room, replyTo }
}
