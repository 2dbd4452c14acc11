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

/** Senders' tokens. Only hashes are stored. */
export interface Tokens {
  /** The sender of a token; changes by other processes may take a second. Undefined for an unknown, revoked or expired token. */
  find(token: string): Promise<Sender | undefined>
  /** Creates a token, which cannot be read again. Throws ConfigError for a name that is taken or invalid. */
  create(request: TokenRequest): Promise<{ readonly token: string; readonly sender: Sender }>
  /** All tokens by name. */
  list(): Promise<readonly ListedToken[]>
  /** Resolves with whether the token existed. */
  revoke(name: string): Promise<boolean>
  /** Records its use, at most once a minute, in the background. */
  noteUse(sender: Sender): void
}

/** The properties of a new token. */
export interface TokenRequest extends Pick<Sender, 'name' | 'rooms' | 'kind' | 'replyTo'> {
  /** As short as the tokens of HipChat's API version 1. */
  readonly v1?: boolean
  readonly mentions?: boolean
  /** Milliseconds until it expires. Default: never. */
  readonly expires?: number | undefined
  /** Default: HipChat's limit. */
  readonly rate?: RateLimit | 'none' | undefined
}

/** A token as its operator sees it. */
export interface ListedToken extends Sender {
  readonly createdAt: number
  /** Undefined if it was not used for a year. */
  readonly lastUsedAt: number | undefined
}

/** HipChat's limit per token: 500 in five minutes. */
export const defaultRate: RateLimit = { count: 500, windowMs: 300_000 }

/** Keeps tokens in `store`. All methods throw UnavailableError if it is unreachable. */
export function createTokens({ store, encryptor, now = Date.now, staleMs, longestMs = 60_000 }: TokensDeps): Tokens {
  const version = createCacheVersion(store, 'notify/tokens-version', staleMs)
  const use = createTokenUse(store, now)
  const cache = createCache<CachedToken>({ max: 10_000 })

  /** The token with this hash, expired or not. */
  async function findStored(hashed: string): Promise<StoredToken | undefined> {
    const current = version.known() ?? (await version.read())
    const cached = cache.get(hashed)
    if (cached?.version === current && performance.now() - cached.readAt < longestMs) return cached.stored
    const readAt = performance.now()
    const stored = await readStored(tokenKey(hashed))
    if (stored) cache.set(hashed, { stored, version: current, readAt })
    else cache.delete(hashed) // guesses are not cached
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
    if (!encryptor) throw new ConfigError('There is no key to encrypt the reply address with.')
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
      await orUnavailable(() => store.delete(tokenKey(hashed))) // first, because it invalidates the token
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
  /** Encrypts the addresses for results; if left out, no token can have one. */
  readonly encryptor?: Encryptor
  readonly now?: () => number
  /** How long another process's change may go unnoticed, in milliseconds. */
  readonly staleMs?: number
  /** The same if that process was killed before it could announce the change. */
  readonly longestMs?: number
}

interface CachedToken {
  readonly stored: StoredToken
  /** The shared version when it was read: the token is up to date while that is unchanged. */
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

/** If two ask for the same name simultaneously, one gets it. */
async function claimName(store: Store, name: string, hashed: string): Promise<void> {
  if (!isName(name)) throw new ConfigError(`A token's name must have ${nameRule}.`)
  if (await orUnavailable(() => store.add(nameKey(name), hashed))) return
  throw new ConfigError(`There already is a token "${name}": "slashroom token revoke ${name}" revokes it.`)
}

/** Lookups by hash take a time that does not reveal how close a wrong token came. */
function hashOf(token: string): string {
  return hash('sha256', token, 'hex')
}

function tokenKey(hashed: string): string {
  return `notify/token/${hashed}`
}

function nameKey(name: string): string {
  return `notify/token-name/${name}`
}
