import { createCache } from '../../../shared/cache.js'
import { isRecord, readText } from '../../../shared/json.js'
import type { Api } from '../api.js'
import { createAsk } from '../proactive-rooms.js'
import { type Person, readId } from '../wire.js'

/** The server's users. */
export interface People {
  /** Undefined if there is no such user. Throws ResponseError, NetworkError. */
  find(id: string): Promise<Person | undefined>
  /** The existing users with these names. */
  findByName(names: readonly string[]): Promise<readonly Person[]>
  /** Forgets a user who changed. */
  forget(id: string): void
}

/** Creates the lookup of users, cached for a minute. */
export function createPeople({ api }: { readonly api: Api }): People {
  const ask = createAsk(api)
  const known = createCache<Person>({ max: 10_000, ttl: 60_000 })
  const keep = (person: Person | undefined) => {
    if (person) known.set(person.id, person)
    return person
  }
  return {
    async find(id) {
      return known.get(id) ?? keep(readPerson(await ask(`/api/v4/users/${id}`)))
    },
    async findByName(names) {
      if (names.length === 0) return []
      const found = await ask('/api/v4/users/usernames', names)
      return Array.isArray(found) ? found.flatMap((one) => readPerson(one) ?? []) : []
    },
    forget: (id) => void known.delete(id),
  }
}

/** Reads a user. https://developers.mattermost.com/api-documentation/#/operations/GetUser */
export function readPerson(value: unknown): Person | undefined {
  if (!isRecord(value)) return undefined
  const [id, name] = [readId(value['id']), readText(value['username'])]
  if (!id || !name) return undefined
  return { id, name, isBot: value['is_bot'] === true, isRemote: readText(value['remote_id']) !== undefined }
}
