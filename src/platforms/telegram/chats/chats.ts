import type { Installation } from '../../../model/installation.js'
import { readText } from '../../../shared/json.js'
import type { PlatformDeps } from '../../platform.js'
import { type Chat, name, readId } from '../wire.js'

/** The bot's chats: each is an installation. The service does not list them, so they are stored when a message arrives. */
export interface Chats {
  /** The installation of a chat with a message; stores a new or renamed chat. */
  hear(chat: Chat, at: number | undefined): Promise<Installation>
  /** The installation of a chat, by its id or its former id as a group. */
  find(chatId: string): Promise<Installation | undefined>
  list(): AsyncIterable<Installation>
  /** A group became a supergroup with another id: the installation stays the same. */
  move(fromId: string, toId: string): Promise<void>
  /** The bot was removed or blocked. */
  leave(chatId: string, at?: number): Promise<void>
}

/** What storing chats needs. */
export interface ChatsDeps extends Pick<PlatformDeps, 'installations' | 'store' | 'log'> {
  readonly now?: () => number
}

/** Creates the list of chats. */
export function createChats({ installations, store, log, now = Date.now }: ChatsDeps): Chats {
  async function find(chatId: string): Promise<Installation | undefined> {
    const found = await installations.find(name, chatId)
    const keptAs = found && readId(found.details['keptAs'])
    return keptAs ? await installations.find(name, keptAs) : found
  }

  async function save(installation: Installation): Promise<Installation> {
    await installations.save(installation)
    return installation
  }

  return {
    find,
    async hear(chat, at) {
      const known = await find(chat.id)
      if (known && isDescribed(known, chat)) return known
      if (known) return await save(describe(known.id, chat))
      const leftAt = await store.get(leftKey(chat.id))
      // A resent message from before the removal must not add the chat again.
      if (typeof leftAt === 'number' && at !== undefined && at <= leftAt) return describe(chat.id, chat)
      log.info({ installation: chat.id, type: chat.type }, 'installed')
      return await save(describe(chat.id, chat))
    },
    async *list() {
      for await (const one of installations.list(name)) if (!one.details['keptAs']) yield one
    },
    async move(fromId, toId) {
      if (fromId === toId) return
      const known =
        (await find(fromId)) ?? describe(fromId, { id: fromId, type: undefined, title: undefined, username: undefined })
      const details = { ...known.details, chatId: toId }
      if (known.details['chatId'] === toId && (await installations.find(name, toId))) return
      const pointer = { id: toId, platform: name, tenant: known.tenant, details: { keptAs: known.id }, secrets: {} }
      await save({ ...known, details })
      await save(pointer)
      log.info({ installation: known.id, chat: toId }, 'the group has become a supergroup')
    },
    async leave(chatId, at = now()) {
      const known = await find(chatId)
      await store.set(leftKey(chatId), at, { ttlMs: rememberedMs })
      // When a group becomes a supergroup, the bot is also reported as removed from the group.
      if (!known || chatIdOf(known) !== chatId) return
      await installations.remove(name, known.id)
      if (known.id !== chatId) await installations.remove(name, chatId)
      log.info({ installation: known.id, tenant: known.tenant.name }, 'uninstalled')
    },
  }
}

/** The current id of a chat. */
export function chatIdOf({ id, details }: Installation): string {
  return readId(details['chatId']) ?? id
}

/** The name of a chat: its title, or the person's name. */
export function titleOf({ id, tenant }: Installation): string {
  return tenant.name ?? id
}

/** How long the service may resend messages from before a removal. */
const rememberedMs = 48 * 3_600_000

function leftKey(chatId: string): string {
  return `${name}/left/${chatId}`
}

function describe(id: string, { id: chatId, type, title, username }: Chat): Installation {
  const details = { chatId, ...(type ? { type } : {}), ...(username ? { username } : {}) }
  return { id, platform: name, tenant: { id, ...(title ? { name: title } : {}) }, details, secrets: {} }
}

/** Deleted messages and stand-ins for the service may lack some values. */
function isDescribed({ tenant, details }: Installation, { id, type, title, username }: Chat): boolean {
  const isSame = (known: unknown, told: string | undefined) => told === undefined || readText(known) === told
  return (
    details['chatId'] === id &&
    isSame(tenant.name, title) &&
    isSame(details['type'], type) &&
    isSame(details['username'], username)
  )
}
