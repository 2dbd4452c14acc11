import type { ReplyTarget } from '../../model/schedule.js'
import { searchAll } from '../scatter-gather.js'
import type { Api } from './api.js'
import { type Channel, createAsk, readChannel, readTeams, type Team, teamsPath, toTarget } from './proactive-rooms.js'

/**
 * Creates a function that finds channels in the bot's teams: by id, else by the name in their URL, else by display name,
 * which need not be unique.
 */
export function createFindRooms({ api }: { readonly api: Api }) {
  const ask = createAsk(api)

  return async function* findRooms(idOrName: string): AsyncGenerator<ReplyTarget> {
    if (!mayBeName.test(idOrName)) return
    const teams = readTeams(await ask(teamsPath))
    const known = await findById(teams, idOrName)
    if (known) return yield known
    for (const find of [findByName, findByDisplayName]) {
      let any = false
      for await (const found of searchAll(teams, (team) => find(team, idOrName.toLowerCase()))) {
        any = true
        yield* found
      }
      if (any) return
    }
  }

  /** https://developers.mattermost.com/api-documentation/#/operations/GetChannel */
  async function findById(teams: readonly Team[], id: string): Promise<ReplyTarget | undefined> {
    const channel = channelId.test(id) ? readChannel(await ask(`/api/v4/channels/${id}`)) : undefined
    const team = teams.find((one) => one.id === channel?.teamId)
    return channel && team && toTarget(team, channel)
  }

  /** https://developers.mattermost.com/api-documentation/#/operations/GetChannelByName */
  async function findByName(team: Team, name: string): Promise<Found> {
    if (!urlName.test(name)) return undefined
    return toFound(team, [readChannel(await ask(`/api/v4/teams/${team.id}/channels/name/${name}`))])
  }

  /** Channels that the bot is in, including private ones, and the team's public ones. https://developers.mattermost.com/api-documentation/#/operations/SearchChannels */
  async function findByDisplayName(team: Team, name: string): Promise<Found> {
    const lists = [
      await ask(`/api/v4/users/me/teams/${team.id}/channels`),
      await ask(`/api/v4/teams/${team.id}/channels/search`, { term: name }),
    ]
    const channels = lists.flatMap((list) => (Array.isArray(list) ? list.map(readChannel) : []))
    return toFound(
      team,
      channels.filter((one) => one?.displayName.toLowerCase() === name),
    )
  }
}

type Found = readonly ReplyTarget[] | undefined

/** Distinct channels; undefined if there are none. */
function toFound(team: Team, channels: readonly (Channel | undefined)[]): Found {
  const own = channels.flatMap((one) => (one ? [[one.id, toTarget(team, one)] as const] : []))
  return own.length > 0 ? [...new Map(own).values()] : undefined
}

/** The longest display name. */
const mayBeName = /^(?=.*\S).{1,64}$/u
const channelId = /^[a-z0-9]{26}$/
const urlName = /^[a-z0-9_-]+$/
