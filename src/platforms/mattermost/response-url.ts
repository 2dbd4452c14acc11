import { shortHash } from '../../shared/crypto.js'
import type { Store } from '../../stores/store.js'
import { type ApiAnswer, type ApiDeps, createApi, isDone } from './api.js'
import { name, type ReplyTo } from './wire.js'

/** The `response_url`s of slash commands: https://developers.mattermost.com/integrate/slash-commands/custom/#delayed-and-multiple-responses */
export interface ResponseUrls {
  /** Posts through a `response_url` received at `givenAt`; undefined if it is used up, expired or unknown to the server. */
  use(replyTo: ReplyTo, givenAt: number, body: object): Promise<ApiAnswer | undefined>
}

/** What posting to response URLs needs. */
export interface ResponseUrlsDeps extends Pick<ApiDeps, 'request' | 'url'> {
  readonly store: Pick<Store, 'get' | 'set'>
}

/** Creates the client; each response URL allows five posts within half an hour. */
export function createResponseUrls({ request, url, store }: ResponseUrlsDeps): ResponseUrls {
  const api = createApi({ request, url })
  const atHost = createApi({ request, url: new URL(url).origin })
  return {
    async use({ hookId, hookPath }, givenAt, body) {
      if (!hookId && !hookPath) return undefined
      const key = `${name}/handle/${hookId ?? shortHash(hookPath ?? '')}`
      const left = Math.min(givenAt - Date.now(), 0) + lifeMs
      const used = Number((await store.get(key)) ?? 0)
      if (left <= 0 || used >= mostPosts) return undefined
      const answer = await (hookId
        ? api({ path: `/hooks/commands/${hookId}`, body })
        : atHost({ path: hookPath ?? '', body }))
      if (isDone(answer)) await store.set(key, used + 1, { ttlMs: left })
      return answer.status === 400 || answer.status === 404 ? undefined : answer
    },
  }
}

const lifeMs = 30 * 60_000
const mostPosts = 5
