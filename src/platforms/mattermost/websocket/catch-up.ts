import type { Logger } from '../../../model/logger.js'
import { isRecord, readText } from '../../../shared/json.js'
import type { Store } from '../../../stores/store.js'
import type { Api } from '../api.js'
import { createAsk, readTeams, teamsPath } from '../proactive-rooms.js'
import { readId } from '../wire.js'
import { type Post, type PostChannel, readPost } from './wire.js'

/** How far the bot has read, and posts after that. */
export interface CatchUp {
  /** Returns posts since then, oldest first; empty if the bot never read anything. `now` is the server's time. */
  missed(now: number): AsyncIterable<readonly [Post, PostChannel]>
  /** Records that all posts before this server time have been read. */
  heard(until: number): Promise<void>
}

/** What catching up needs. */
export interface CatchUpDeps {
  readonly api: Api
  readonly store: Pick<Store, 'get' | 'set'>
  /** Where the progress is stored. */
  readonly key: string
  readonly log: Logger
}

/** Creates the lookup of missed posts; those older than a few minutes are skipped. */
export function createCatchUp({ api, store, key, log }: CatchUpDeps): CatchUp {
  const ask = createAsk(api)

  async function* missed(now: number): AsyncGenerator<readonly [Post, PostChannel]> {
    const heard = await store.get(key)
    if (typeof heard !== 'number') return
    const since = Math.max(heard - marginMs, now - longestMs)
    if (heard < since)
      log.warn(
        { seconds: Math.round((since - heard) / 1_000) },
        'posts from the time without a connection were skipped',
      )
    for (const channel of await listChannels(since)) {
      for (const post of await listPosts(channel.id, since)) yield [post, channel]
    }
  }

  /** Channels with recent posts. A direct message channel is in the list of each team. */
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

  /** Includes posts changed since then. https://developers.mattermost.com/api-documentation/#/operations/GetPostsForChannel */
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

/** Events may arrive late; reading some posts twice loses nothing. */
const marginMs = 10_000
const longestMs = 5 * 60_000
