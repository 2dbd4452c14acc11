import { hash } from 'node:crypto'
import type { Encryptor } from '../model/encryptor.js'
import { ConfigError } from '../model/errors.js'
import { createCache } from '../shared/cache.js'
import { shortHash } from '../shared/crypto.js'
import { randomToken } from '../shared/random-token.js'
import { createCacheVersion } from '../stores/cache-version.js'
import { orUnavailable } from '../stores/or-unavailable.js'
import type { Store } from '../stores/store.js'
import { isName, nameRule } from './name.js'
import type { RateLimit, Sender } from './sender.js'
import { readToken, type StoredToken } from './stored-token.js'
import { createTokenUse } from './token-use.js'

/** The tokens that senders post with. Only their hashes are kept. */
export interface Tokens {
  /** Whose token it is: as it is now, or was less than a second ago where another process changed it. Undefined for one that is unknown, revoked or expired. */
  find(token: string): Promise<Sender | undefined>
  /** Makes a token, which is given here and never again. Throws ConfigError for a name that is taken or cannot be one. */
  create(request: TokenRequest): Promise<{ readonly token: string; readonly sender: Sender }>
  /** All of them, by name. */
  list(): Promise<readonly ListedToken[]>
  /** Says whether there was one of that name. */
  revoke(name: string): Promise<boolean>
  /** Notes that it is in use, at most once a minute and without being waited for. */
  noteUse(sender: Sender): void
}

/** What a token is to be good for. */
export interface TokenRequest extends Pick<Sender, 'name' | 'rooms' | 'kind' | 'replyTo'> {
  /** Makes it as short as those of HipChat's first API. */
  readonly v1?: boolean
  readonly mentions?: boolean
  /** In how many milliseconds it expires; left out, never. */
  readonly expires?: number | undefined
  /** Left out: as HipChat had it. */
  readonly rate?: RateLimit | 'none' | undefined
}

/** A token as its operator sees it. */
export interface ListedToken extends Sender {
  readonly createdAt: number
  /** Undefined where it was not used for a year. */
  readonly lastUsedAt: number | undefined
}

/** What HipChat let each token post: 500 in five minutes. */
export const defaultRate: RateLimit = { count: 500, windowMs: 300_000 }

/** Keeps tokens in `store`. Each verb throws UnavailableError where that cannot be reached. */
export function createTokens({ store, encryptor, now = Date.now, staleMs, longestMs = 60_000 }: TokensDeps): Tokens {
  const version = createCacheVersion(store, 'notify/tokens-version', staleMs)
  const use = createTokenUse(store, now)
  const cache = createCache<CachedToken>({ max: 10_000 })

  /** The token of that hash, expired or not. */
  async function findStored(hashed: string): Promise<StoredToken | undefined> {
    const current = version.known() ?? (await version.read())
    const cached = cache.get(hashed)
    if (cached?.version === current && performance.now() - cached.readAt < longestMs) return cached.stored
    const readAt = performance.now()
    const stored = await readStored(tokenKey(hashed))
    if (stored) cache.set(hashed, { stored, version: current, readAt })
    else cache.delete(hashed) // nothing is cached for those who guess
    return stored
  }

  async function listAll(): Promise<readonly ListedToken[]> {
    const found: ListedToken[] = []
    for await (const [key, value] of store.list(tokenKey(''))) {
      const stored = read(key, value)
      if (!stored) continue
      found.push({ ...stored.sender, createdAt: stored.createdAt, lastUsedAt: await use.last(stored.sender) })
    }
    return found.sort((one, other) => (one.name < other.name ? -1 : 1))
  }

  async function readStored(key: string): Promise<StoredToken | undefined> {
    return read(key, await orUnavailable(() => store.get(key)))
  }

  function read(key: string, value: unknown): StoredToken | undefined {
    return readToken(value, encryptor && ((encrypted) => encryptor.decrypt(encrypted, key)))
  }

  function encryptAddress(address: string | undefined, key: string): string | undefined {
    if (address === undefined) return undefined
    if (!encryptor) throw new ConfigError('There is no key to encrypt the address with that results go to.')
    return encryptor.encrypt(address, key)
  }

  return {
    async find(token) {
      if (!looksLikeToken.test(token)) return undefined
      const sender = (await findStored(hashOf(token)))?.sender
      return sender?.expiresAt !== undefined && sender.expiresAt <= now() ? undefined : sender
    },
    async create(request) {
      const token = randomToken(request.v1 ? 30 : 40)
      const createdAt = now()
      const sender = toSender(request, createdAt)
      const key = tokenKey(hashOf(token))
      const encrypted = encryptAddress(sender.replyTo, key)
      await claimName(store, sender.name, hashOf(token))
      await orUnavailable(() => store.set(key, { ...sender, replyTo: encrypted, createdAt }))
      await version.change()
      return { token, sender }
    },
    list: () => orUnavailable(listAll),
    async revoke(name) {
      const hashed = isName(name) ? await orUnavailable(() => store.get(nameKey(name))) : undefined
      if (typeof hashed !== 'string') return false
      const stored = await readStored(tokenKey(hashed))
      await orUnavailable(() => store.delete(tokenKey(hashed))) // first: from here on it is good for nothing
      await orUnavailable(() => store.delete(nameKey(name)))
      cache.delete(hashed)
      await version.change()
      if (stored) await use.forget(stored.sender)
      return true
    },
    noteUse: use.note,
  }
}

interface TokensDeps {
  readonly store: Store
  /** Encrypts the addresses that results go to; left out, no token can have one. */
  readonly encryptor?: Encryptor
  readonly now?: () => number
  /** How long another process's change may go unnoticed, in milliseconds. */
  readonly staleMs?: number
  /** The same where that process was killed before it could announce its change. */
  readonly longestMs?: number
}

interface CachedToken {
  readonly stored: StoredToken
  /** Of all tokens when this one was read: while that is the same, so is this one. */
  readonly version: string
  readonly readAt: number
}

const looksLikeToken = /^(?:[A-Za-z0-9]{40}|[A-Za-z0-9]{30})$/

function toSender({ name, rooms, kind, mentions, expires, rate, replyTo }: TokenRequest, now: number): Sender {
  return {
    id: shortHash(randomToken(40)),
    name,
    kind,
    rooms,
    mentions: mentions === true,
    rate: rate === 'none' ? undefined : (rate ?? defaultRate),
    expiresAt: expires === undefined ? undefined : now + expires,
    replyTo,
  }
}

/** Of two who want the same name at once, one gets it. */
async function claimName(store: Store, name: string, hashed: string): Promise<void> {
  if (!isName(name)) throw new ConfigError(`A token's name must have ${nameRule}.`)
  if (await orUnavailable(() => store.add(nameKey(name), hashed))) return
  throw new ConfigError(`There is a token "${name}" already: "slashroom token revoke ${name}" revokes it.`)
}

/** Looked up by its hash, a token is found or not in a time that says nothing about how near a wrong one came. */
function hashOf(token: string): string {
  return hash('sha256', token, 'hex')
}

function tokenKey(hashed: string): string {
  return `notify/token/${hashed}`
}

function nameKey(name: string): string {
  return `notify/token-name/${name}`
}
