import type { Logger } from '../../../model/logger.js'
import { isRecord, readText } from '../../../shared/json.js'
import type { Store } from '../../../stores/store.js'
import type { Api } from '../api.js'
import { createAsk, readTeams, teamsPath } from '../proactive-rooms.js'
import { readId } from '../wire.js'
import { type Post, type PostChannel, readPost } from './wire.js'

/** How far the bot has heard, and what came after that. */
export interface CatchUp {
  /** Gives what was posted since, the oldest first; nothing where the bot never heard anything. `now` is by the server's clock. */
  missed(now: number): AsyncIterable<readonly [Post, PostChannel]>
  /** All that was posted before this has been heard, by the server's clock. */
  heard(until: number): Promise<void>
}

/** What is caught up with. */
export interface CatchUpDeps {
  readonly api: Api
  readonly store: Pick<Store, 'get' | 'set'>
  /** Where it is remembered how far the bot has heard. */
  readonly key: string
  readonly log: Logger
}

/** Creates the look-up of what the bot has not heard: what is older than a few minutes is not run any more. */
export function createCatchUp({ api, store, key, log }: CatchUpDeps): CatchUp {
  const ask = createAsk(api)

  async function* missed(now: number): AsyncGenerator<readonly [Post, PostChannel]> {
    const heard = await store.get(key)
    if (typeof heard !== 'number') return
    const since = Math.max(heard - marginMs, now - longestMs)
    if (heard < since)
      log.warn({ seconds: Math.round((since - heard) / 1_000) }, 'what was posted meanwhile was not heard')
    for (const channel of await listChannels(since)) {
      for (const post of await listPosts(channel.id, since)) yield [post, channel]
    }
  }

  /** Those in which something was posted since. A direct message's is in the list of each team. */
  async function listChannels(since: number) {
    const found = new Map<string, PostChannel & { readonly id: string }>()
    for (const team of readTeams(await ask(teamsPath))) {
      const channels = await ask(`/api/v4/users/me/teams/${team.id}/channels`)
      for (const channel of Array.isArray(channels) ? channels.filter(isRecord) : []) {
        const id = readId(channel['id'])
        if (!id || Number(channel['last_post_at'] ?? since) < since) continue
        found.set(id, { id, name: readText(channel['name']) ?? id, teamId: readId(channel['team_id']) })
      }
    }
    return found.values()
  }

  /** The server gives what was changed since, too. https://developers.mattermost.com/api-documentation/#/operations/GetPostsForChannel */
  async function listPosts(channelId: string, since: number): Promise<readonly Post[]> {
    const answer = await ask(`/api/v4/channels/${channelId}/posts?since=${Math.floor(since)}`)
    const posts = isRecord(answer) && isRecord(answer['posts']) ? Object.values(answer['posts']) : []
    return posts
      .flatMap((one) => readPost(one) ?? [])
      .filter(({ createdAt }) => createdAt >= since)
      .sort((one, other) => one.createdAt - other.createdAt)
  }

  return { missed, heard: (until) => store.set(key, until) }
}

/** An event may come a little after what was asked later: nothing is lost by hearing it twice. */
const marginMs = 10_000
const longestMs = 5 * 60_000
