import type { ReplyTarget } from '../../model/schedule.js'
import { isRecord } from '../../shared/json.js'
import { type Api, isDone, toMattermostError } from './api.js'
import { type ReplyTo, readId } from './wire.js'

/**
 * Creates a function that finds channels to post to unasked, in the bot's teams: by id, or by the name in their URL.
 * https://developers.mattermost.com/api-documentation/#/operations/GetChannelByName
 */
export function createListRooms({ api }: { readonly api: Api }) {
  const ask = createAsk(api)
  return async function* rooms(names: readonly string[] = [], only?: string): AsyncGenerator<ReplyTarget> {
    if (names.length === 0) return
    for (const team of readTeams(await ask(teamsPath))) {
      if (only !== undefined && team.id !== only) continue
      for (const room of names) {
        const found = readChannel(await ask(pathOf(team.id, room)))
        if (found?.teamId !== team.id) continue
        yield toTarget(team, found)
      }
    }
  }
}

/** Creates a function that reads from the API: GET, or POST with a body. Undefined if it does not exist or the bot may not see it. */
export function createAsk(api: Api) {
  return async (path: string, body?: object): Promise<unknown> => {
    const answer = await api(body ? { path, body } : { method: 'GET', path })
    if (isDone(answer)) return answer.body
    if (answer.status === 403 || answer.status === 404) return undefined
    throw toMattermostError(answer)
  }
}

/** The path that lists the bot's teams. */
export const teamsPath = '/api/v4/users/me/teams'

/** A team that the bot is in. */
export interface Team {
  readonly id: string
  readonly name: string
}

/** A channel of a team. */
export interface Channel extends Team {
  readonly teamId: string
  readonly displayName: string
}

/** A channel as a target for replies. */
export function toTarget(team: Team, { id, name, teamId }: Channel): ReplyTarget {
  const replyTo: ReplyTo = { teamId, channelId: id }
  return { installation: teamId, tenant: team, room: { id, name }, replyTo }
}

/** A `response_url` allows five posts within half an hour; the bot account's token lasts. */
export function durableReplyTo(replyTo: unknown): Omit<ReplyTo, 'hookId'> | undefined {
  if (!isRecord(replyTo)) return undefined
  const [teamId, channelId, rootId] = ['teamId', 'channelId', 'rootId'].map((part) => readId(replyTo[part]))
  return teamId && channelId ? { teamId, channelId, ...(rootId ? { rootId } : {}) } : undefined
}

function pathOf(teamId: string, room: string): string {
  return room.startsWith('#')
    ? `/api/v4/teams/${teamId}/channels/name/${encodeURIComponent(room.slice(1).toLowerCase())}`
    : `/api/v4/channels/${encodeURIComponent(room)}`
}

/** Reads a list of teams. */
export function readTeams(body: unknown): readonly Team[] {
  const teams = Array.isArray(body) ? body.filter(isRecord) : []
  return teams.flatMap(({ id, display_name, name }) => {
    const team = readId(id)
    return team ? [{ id: team, name: String(display_name || name || team) }] : []
  })
}

/** Reads a channel; undefined if it is archived or belongs to no team. */
export function readChannel(body: unknown): Channel | undefined {
  if (!isRecord(body) || Number(body['delete_at'] ?? 0) > 0) return undefined
  const [id, teamId] = [readId(body['id']), readId(body['team_id'])]
  const displayName = String(body['display_name'] ?? '')
  return id && teamId ? { id, teamId, name: String(body['name'] || id), displayName } : undefined
}
