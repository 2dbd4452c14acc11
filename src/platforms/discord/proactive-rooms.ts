import { reasonOf } from '../../delivery/retry-rule.js'
import type { ReplyTarget } from '../../model/schedule.js'
import { isRecord, parseObject } from '../../shared/json.js'
import type { Api } from './api.js'
import { readId } from './wire.js'

/**
 * Creates a function that finds channels to post to unasked: only by id, because their names are not unique.
 * https://discord.com/developers/docs/resources/channel#get-channel
 */
export function createListRooms({ api }: { readonly api: Api }) {
  const find = createFindChannel(api)
  return async function* rooms(names: readonly string[] = [], only?: string): AsyncGenerator<ReplyTarget> {
    for (const channelId of names.flatMap((name) => readId(name) ?? [])) {
      const found = await find(channelId)
      const guildId = readId(found?.['guild_id'])
      if (!guildId || (only !== undefined && guildId !== only)) continue
      const room = { id: channelId, name: String(found?.['name'] || channelId) }
      yield { installation: guildId, tenant: { id: guildId }, room, replyTo: { channelId } }
    }
  }
}

/** Creates a function that reads a channel; undefined if it does not exist or the bot cannot see it. */
export function createFindChannel(api: Api) {
  return async (channelId: string): Promise<Record<string, unknown> | undefined> => {
    try {
      return parseObject((await api({ method: 'GET', path: `/channels/${channelId}`, asBot: true })).body)
    } catch (error) {
      if (isUnseen(error)) return undefined
      throw error
    }
  }
}

/** Whether a call failed because the object does not exist or the bot cannot see it. */
export function isUnseen(error: unknown): boolean {
  return unseen.has(reasonOf(error))
}

/** Unknown channel, unknown guild, missing access. */
const unseen = new Set<unknown>([10_003, 10_004, 50_001])

/** The interaction's token expires after 15 minutes; the bot's own lasts. */
export function durableReplyTo(replyTo: unknown): { readonly channelId: string } | undefined {
  const channelId = isRecord(replyTo) ? readId(replyTo['channelId']) : undefined
  return channelId ? { channelId } : undefined
}
