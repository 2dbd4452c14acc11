import { reasonOf } from '../../delivery/retry-rule.js'
import type { Installation } from '../../model/installation.js'
import type { ReplyTarget } from '../../model/schedule.js'
import { asRecord, isRecord, readText } from '../../shared/json.js'
import { searchAll } from '../scatter-gather.js'
import type { Workspaces } from './app/workspaces.js'
import { readId } from './wire.js'
import type { WorkspaceApi } from './workspace-api.js'

/** What finding channels needs. */
export interface FindRoomsDeps {
  readonly workspaces: Workspaces
  readonly api: WorkspaceApi
}

/**
 * Creates a function that finds channels by id or name, in every workspace. If the token lacks the scope to look, the name is
 * used as given, because the service resolves `#name` when posting.
 */
export function createFindRooms({ workspaces, api }: FindRoomsDeps) {
  return (idOrName: string): AsyncGenerator<ReplyTarget> =>
    searchAll(workspaces.list(), async (installation) => {
      const found = (await findById(installation, idOrName)) ?? (await findByName(installation, idOrName))
      return found && toTarget(installation, found)
    })

  /** https://docs.slack.dev/reference/methods/conversations.info */
  async function findById(installation: Installation, id: string): Promise<Channel | undefined> {
    if (!channelId.test(id)) return undefined
    const ask = () => api(installation, 'conversations.info', { channel: id }, { form: true })
    const answer = await ask().catch((error: unknown) => {
      if (isForbidden(error)) return { channel: { id, name: id } }
      if (unknownChannel.has(reasonOf(error))) return {}
      throw error
    })
    return readChannel(asRecord(answer)['channel'])
  }

  async function findByName(installation: Installation, name: string): Promise<Channel | undefined> {
    const wanted = name.toLowerCase()
    if (!channelName.test(wanted) || otherId.test(name)) return undefined
    try {
      return await searchList(installation, wanted).catch((error: unknown) => {
        if (!isForbidden(error)) throw error
        return searchList(installation, wanted, 'public_channel') // without groups:read
      })
    } catch (error) {
      if (isForbidden(error)) return asGiven(wanted)
      throw error
    }
  }

  /** https://docs.slack.dev/reference/methods/conversations.list */
  async function searchList(
    installation: Installation,
    wanted: string,
    types = bothTypes,
  ): Promise<Channel | undefined> {
    let cursor: string | undefined
    for (let page = 1; page <= mostPages; page++) {
      const args = { types, exclude_archived: true, limit: 999, ...(cursor ? { cursor } : {}) }
      const { channels, response_metadata } = await api(installation, 'conversations.list', args, { form: true })
      const found = readChannels(channels).find((one) => one.name.toLowerCase() === wanted)
      cursor = readText(asRecord(response_metadata)['next_cursor'])
      if (found || !cursor) return found
    }
    return asGiven(wanted)
  }
}

interface Channel {
  /** Or `#name`, if the id is unknown. */
  readonly id: string
  readonly name: string
}

const bothTypes = 'public_channel,private_channel'

/** The search stops here in larger workspaces, because the service allows about twenty such calls a minute. */
const mostPages = 10

/** Long enough to be an id, or with a digit in it: shorter words are names, whatever their case. */
const channelId = /^[CG](?:[A-Z0-9]{8,}|(?=[A-Z]*\d)[A-Z0-9]+)$/
/** A direct message or a user, not a room. */
const otherId = /^[DUW](?:[A-Z0-9]{8,}|(?=[A-Z]*\d)[A-Z0-9]+)$/
/** https://docs.slack.dev/reference/methods/conversations.create#naming */
const channelName = /^[\p{L}\p{M}\p{N}_-]{1,80}$/u

const unknownChannel = new Set<unknown>(['channel_not_found'])

/** The token's scopes or type do not allow it, or a stand-in for the service lacks the method. */
function isForbidden(error: unknown): boolean {
  return forbidden.has(reasonOf(error))
}

const forbidden = new Set<unknown>([
  ...'missing_scope not_allowed_token_type no_permission access_denied team_access_not_granted'.split(' '),
  ...'unknown_method missing_argument'.split(' '),
  404,
])

function asGiven(name: string): Channel {
  return { id: `#${name}`, name }
}

function readChannels(channels: unknown): readonly Channel[] {
  return Array.isArray(channels) ? channels.flatMap((one) => readChannel(one) ?? []) : []
}

/** Archived channels accept no posts. */
function readChannel(sent: unknown): Channel | undefined {
  if (!isRecord(sent) || sent['is_archived'] === true) return undefined
  const id = readId(sent['id'])
  return id ? { id, name: readText(sent['name']) ?? id } : undefined
}

function toTarget({ id, tenant }: Installation, room: Channel): ReplyTarget {
  return { installation: id, tenant, room, replyTo: { channelId: room.id } }
}
