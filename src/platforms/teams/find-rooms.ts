import type { ReplyTarget } from '../../model/schedule.js'
import { isRecord, parseObject, readText } from '../../shared/json.js'
import { searchAll } from '../scatter-gather.js'
import type { Api } from './api.js'
import type { Conversations, KnownTeam } from './conversations.js'
import { type ReplyTo, readId } from './wire.js'

/** Rooms to post to, by id or name. */
export type FindRooms = (idOrName: string) => AsyncGenerator<ReplyTarget>

/**
 * Creates a function that finds rooms to post to: by id among known conversations, and by name among the channels of the bot's
 * teams. The service lists neither teams nor chats.
 */
export function createFindRooms({
  api,
  conversations,
}: {
  readonly api: Api
  readonly conversations: Conversations
}): FindRooms {
  return async function* findRooms(idOrName) {
    const known = await conversations.find(idOrName)
    if (known) return yield toTarget(known.replyTo, known.room)
    if (!mayBeName.test(idOrName)) return
    const name = idOrName.toLowerCase()
    for await (const targets of searchAll(conversations.listTeams(), (team) => searchTeam(team, name, idOrName))) {
      yield* targets
    }
  }

  /** A team's first channel has no name, and the team's id. https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context */
  async function searchTeam({ id, replyTo }: KnownTeam, wanted: string, asId: string): Promise<readonly ReplyTarget[]> {
    const { body } = await api({
      method: 'GET',
      path: `/v3/teams/${encodeURIComponent(id)}/conversations`,
      to: replyTo,
    })
    const { conversations: listed } = parseObject(body) ?? {}
    const channels = (Array.isArray(listed) ? listed : []).filter(isRecord).flatMap(({ id: channel, name: title }) => {
      const channelId = readId(channel)
      return channelId ? [{ id: channelId, name: readText(title) ?? 'General' }] : []
    })
    const found = channels.filter((one) => one.name.toLowerCase() === wanted || one.id === asId)
    return found.map((room) => toTarget({ ...replyTo, conversationId: room.id }, room))
  }
}

/** Names have up to fifty characters, ids more. https://support.microsoft.com/office/limits-and-specifications-for-teams */
const mayBeName = /^(?=.*\S).{1,400}$/u

function toTarget(replyTo: ReplyTo, room: ReplyTarget['room']): ReplyTarget {
  const { tenantId } = replyTo
  return { installation: tenantId, tenant: { id: tenantId }, room: { ...room, untrustedName: true }, replyTo }
}
