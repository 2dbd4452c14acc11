import { createPublicKey, type KeyObject } from 'node:crypto'
import { BotError, UnavailableError } from '../../../model/errors.js'
import type { HttpClient } from '../../../net/http-client.js'
import { singleFlight } from '../../../shared/coalesce.js'
import { asRecord, isRecord, parseObject } from '../../../shared/json.js'
import { admitUrl, type Cloud } from './cloud.js'

/** A signing key of the service. */
export interface SigningKey {
  readonly key: KeyObject
  /** The channels that it may sign for; undefined if unknown. */
  readonly endorsements: readonly string[] | undefined
}

/** Finds a signing key by id; undefined if there is none. Throws UnavailableError if the service cannot be asked. */
export type FindKey = (id: string) => Promise<SigningKey | undefined>

/** What fetching keys needs. */
export interface FindKeyDeps {
  readonly request: HttpClient
  readonly cloud: Cloud
  readonly now?: () => number
}

/**
 * Creates the lookup of the service's published keys, cached for a day. An unknown key id causes a new fetch, but only at a
 * limited rate, so that forgeries do not cause many requests.
 */
export function createFindKey({ request, cloud, now = () => performance.now() }: FindKeyDeps): FindKey {
  let kept: { readonly keys: ReadonlyMap<string, SigningKey>; readonly at: number } | undefined
  let failedAt = Number.NEGATIVE_INFINITY
  let fetched: readonly number[] = []
  const fetchOnce = singleFlight(fetchKeys)

  async function findKey(id: string): Promise<SigningKey | undefined> {
    const isFresh = kept !== undefined && now() - kept.at < keptMs
    const known = kept?.keys.get(id)
    if (isFresh && (known || !mayAsk())) return known
    try {
      return (await fetchOnce()).get(id)
    } catch (error) {
      if (known) return known // the service is down, so use the old key
      throw error
    }
  }

  /** Fetches per minute. Failed ones do not count: then the request must be retried instead of refused. */
  function mayAsk(): boolean {
    return fetched.filter((at) => now() - at < 60_000).length < mostFetched
  }

  async function fetchKeys(): Promise<ReadonlyMap<string, SigningKey>> {
    if (now() - failedAt < pauseMs) throw away()
    try {
      const { jwks_uri } = await fetchJson(cloud.openidUrl)
      const { keys } = await fetchJson(jwks_uri)
      const found = (Array.isArray(keys) ? keys : []).filter(isRecord).flatMap(readKey)
      if (found.length === 0) throw away()
      kept = { keys: new Map(found), at: now() }
      fetched = [...fetched, now()].slice(-mostFetched)
      return kept.keys
    } catch (error) {
      failedAt = now()
      throw error instanceof BotError && error.code !== 'unavailable' ? away(error) : error
    }
  }

  async function fetchJson(address: unknown): Promise<Record<string, unknown>> {
    const url = admitUrl(address, cloud)
    if (!url) throw away()
    const { status, body } = await request(url, { timeoutMs: 5_000, privateAllowed: cloud.named(url) })
    const said = status === 200 ? parseObject(body) : undefined
    if (!said) throw away()
    return said
  }

  return findKey
}

const keptMs = 24 * 60 * 60_000
const mostFetched = 6
/** How long it is not asked again after a failure. */
const pauseMs = 1_000

function away(cause?: unknown): UnavailableError {
  return new UnavailableError('The service cannot be asked for its signing keys.', 5, { cause })
}

/** Only RSA, because we accept no other algorithm. */
function readKey(jwk: Record<string, unknown>): readonly (readonly [string, SigningKey])[] {
  const { kid, kty, n, e, endorsements } = jwk
  if (typeof kid !== 'string' || kty !== 'RSA' || typeof n !== 'string' || typeof e !== 'string') return []
  try {
    const key = createPublicKey({ key: { kty, n, e }, format: 'jwk' })
    if ((asRecord(key.asymmetricKeyDetails)['modulusLength'] as number) < 2_048) return []
    return [[kid, { key, endorsements: Array.isArray(endorsements) ? endorsements.map(String) : undefined }]]
  } catch {
    return [] // not a key
  }
}
