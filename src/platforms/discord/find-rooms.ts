import type { Room } from '../../model/invocation.js'
import type { ReplyTarget } from '../../model/schedule.js'
import { readText } from '../../shared/json.js'
import { searchAll } from '../scatter-gather.js'
import type { Api } from './api.js'
import { createFindChannel, isUnseen } from './proactive-rooms.js'
import { namedTypes, parseList, readId, threadTypes } from './wire.js'

/** Creates a function that finds channels to post to: by id, including threads, else by name in the bot's guilds. */
export function createFindRooms({ api }: { readonly api: Api }) {
  const findChannel = createFindChannel(api)

  return async function* findRooms(idOrName: string): AsyncGenerator<ReplyTarget> {
    if (snowflake.test(idOrName)) {
      const known = await findById(idOrName)
      if (known) yield known
    } else if (mayBeName.test(idOrName)) yield* findByName(idOrName.toLowerCase())
  }

  async function findById(id: string): Promise<ReplyTarget | undefined> {
    const channel = await findChannel(id)
    const [guildId, room] = [readId(channel?.['guild_id']), channel && readRoom(channel)]
    return guildId && room ? toTarget({ id: guildId }, room) : undefined
  }

  async function* findByName(name: string): AsyncGenerator<ReplyTarget> {
    for await (const targets of searchAll(listGuilds(), (guild) => searchGuild(guild, name))) yield* targets
  }

  /** https://discord.com/developers/docs/resources/guild#get-guild-channels */
  async function searchGuild(guild: Guild, name: string): Promise<readonly ReplyTarget[]> {
    const channels = await list(`/guilds/${guild.id}/channels`).catch((error: unknown) => {
      if (isUnseen(error)) return [] // the bot has just left it
      throw error
    })
    const rooms = channels.flatMap((channel) => readRoom(channel) ?? [])
    return rooms.filter((room) => room.name.toLowerCase() === name).map((room) => toTarget(guild, room))
  }

  /** https://discord.com/developers/docs/resources/user#get-current-user-guilds */
  async function* listGuilds(): AsyncGenerator<Guild> {
    let after: string | undefined
    do {
      const page = await list(`/users/@me/guilds?limit=${pageSize}${after ? `&after=${after}` : ''}`)
      for (const { id, name } of page) if (readId(id)) yield { id: String(id), ...toName(name) }
      after = page.length === pageSize ? readId(page.at(-1)?.['id']) : undefined
    } while (after)
  }

  async function list(path: string): Promise<readonly Record<string, unknown>[]> {
    return parseList((await api({ method: 'GET', path, asBot: true })).body) ?? []
  }
}

type Guild = ReplyTarget['tenant']

const snowflake = /^\d{15,22}$/
/** The longest name. */
const mayBeName = /^(?=.*\S).{1,100}$/u
/** The largest page. */
const pageSize = 200

/** Undefined for channels that accept no messages or that users name freely; threads match only by id. */
function readRoom({ id, name, type, parent_id }: Record<string, unknown>): Room | undefined {
  const channelId = readId(id)
  if (!channelId) return undefined
  const room = { id: channelId, name: readText(name) ?? channelId }
  if (namedTypes.has(type)) return room
  return threadTypes.has(type) ? { ...room, untrustedName: true, parent: readId(parent_id) } : undefined
}

function toName(name: unknown): { readonly name?: string } {
  return readText(name) ? { name: String(name) } : {}
}

function toTarget(guild: Guild, room: Room): ReplyTarget {
  return { installation: guild.id, tenant: guild, room, replyTo: { channelId: room.id } }
}
