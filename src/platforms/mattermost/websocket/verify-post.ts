import type { Installation } from '../../../model/installation.js'
import type { PlatformDeps, Verified } from '../../platform.js'
import type { Api } from '../api.js'
import { createAsk, readTeams, type Team, teamsPath } from '../proactive-rooms.js'
import { name, type Payload, type Person, type TypedPost } from '../wire.js'
import type { People } from './people.js'
import { namesIn, type Post, type PostChannel, readLine } from './wire.js'

/** What judging posts needs. */
export interface VerifyPostDeps extends Pick<PlatformDeps, 'installations'> {
  readonly api: Api
  readonly people: People
}

/** Resolves with a post's command, author and team; undefined if it has no command. */
export type VerifyPost = (post: Post, channel: PostChannel, me: Person) => Promise<Verified<Payload> | undefined>

/**
 * Creates the judge of posts. The connection proves that they come from the server, which gives the author's id, and the name
 * on request.
 */
export function createVerifyPost({ installations, api, people }: VerifyPostDeps): VerifyPost {
  const ask = createAsk(api)
  let teams: readonly Team[] = []

  /** Direct messages belong to no team: they count for the bot's team if it has only one. */
  async function findTeam(teamId: string | undefined): Promise<Team | undefined> {
    const find = () => (teamId === undefined ? onlyOne(teams) : teams.find(({ id }) => id === teamId))
    if (teamId === undefined || !find()) teams = readTeams(await ask(teamsPath))
    return find()
  }

  return async (post, channel, me) => {
    const line = post.userId === me.id ? undefined : readLine(post, me.name)
    const author = line === undefined ? undefined : await people.find(post.userId)
    if (line === undefined || !author || author.isBot) return undefined
    const team = await findTeam(channel.teamId)
    if (!team) return undefined
    const installation = (await installations.find(name, team.id)) ?? byTeam(team)
    const mentioned = await people.findByName(namesIn(line))
    return { installation, payload: toPayload(post, channel, { line, author, mentioned }), receivedAt: Date.now() }
  }
}

function toPayload(
  { id, channelId, rootId, createdAt }: Post,
  channel: PostChannel,
  said: Pick<TypedPost, 'line' | 'author' | 'mentioned'>,
): Payload {
  return { door: 'post', trigger: undefined, ...said, id, channelId, channelName: channel.name, rootId, at: createdAt }
}

function onlyOne(teams: readonly Team[]): Team | undefined {
  return teams.length === 1 ? teams[0] : undefined
}

/** A team whose commands the bot did not register; it is not stored. */
function byTeam({ id, name: teamName }: Team): Installation {
  return { id, platform: name, tenant: { id, name: teamName }, details: {}, secrets: {} }
}
