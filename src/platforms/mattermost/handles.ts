import type { Store } from '../../stores/store.js'
import { type Api, type ApiAnswer, isDone } from './api.js'
import { name } from './wire.js'

/** The `response_url`s of slash commands: https://developers.mattermost.com/integrate/slash-commands/custom/#delayed-and-multiple-responses */
export interface Handles {
  /** Posts by one that was given at `givenAt`; undefined where it is spent, too old, or the server knows it no longer. */
  use(hookId: string, givenAt: number, body: object): Promise<ApiAnswer | undefined>
}

/** Makes the use of them: each is good for five posts in half an hour. */
export function createHandles({
  api,
  store,
}: {
  readonly api: Api
  readonly store: Pick<Store, 'get' | 'set'>
}): Handles {
  return {
    async use(hookId, givenAt, body) {
      const key = `${name}/handle/${hookId}`
      const left = Math.min(givenAt - Date.now(), 0) + lifeMs
      const used = Number((await store.get(key)) ?? 0)
      if (left <= 0 || used >= mostPosts) return undefined
      const answer = await api({ path: `/hooks/commands/${hookId}`, body })
      if (isDone(answer)) await store.set(key, used + 1, { ttlMs: left })
      return answer.status === 400 || answer.status === 404 ? undefined : answer
    },
  }
}

const lifeMs = 30 * 60_000
const mostPosts = 5
