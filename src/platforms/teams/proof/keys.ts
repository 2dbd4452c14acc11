import { createPublicKey, type KeyObject } from 'node:crypto'
import { BotError, UnavailableError } from '../../../model/errors.js'
import type { HttpClient } from '../../../net/http-client.js'
import { singleFlight } from '../../../shared/coalesce.js'
import { asRecord, isRecord, parseObject } from '../../../shared/json.js'
import { admitUrl, type Cloud } from './cloud.js'

/** A key that the service signs with. */
export interface SigningKey {
  readonly key: KeyObject
  /** The channels that it may sign for; undefined where it does not say. */
  readonly endorsements: readonly string[] | undefined
}

/** Finds a signing key by its id; undefined where the service has none. Throws UnavailableError where it cannot be asked. */
export type FindKey = (id: string) => Promise<SigningKey | undefined>

/** What keys are fetched with. */
export interface FindKeyDeps {
  readonly request: HttpClient
  readonly cloud: Cloud
  readonly now?: () => number
}

/**
 * Creates the look-up in the keys that the service publishes. They are kept for a day; one that is not among them has them
 * fetched anew, so often at most that forgers do not make us ask.
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
      if (known) return known // an old key is a key: the service is away, and did not take it back
      throw error
    }
  }

  /** So often a minute. What failed does not count: then the answer is that it must come again, and not that it is forged. */
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
/** How long it is left alone after it could not be asked. */
const pauseMs = 1_000

function away(cause?: unknown): UnavailableError {
  return new UnavailableError('The service cannot be asked for its signing keys.', 5, { cause })
}

/** RSA alone: no other key verifies what we take. */
function readKey(jwk: Record<string, unknown>): readonly (readonly [string, SigningKey])[] {
  const { kid, kty, n, e, endorsements } = jwk
  if (typeof kid !== 'string' || kty !== 'RSA' || typeof n !== 'string' || typeof e !== 'string') return []
  try {
    const key = createPublicKey({ key: { kty, n, e }, format: 'jwk' })
    if ((asRecord(key.asymmetricKeyDetails)['modulusLength'] as number) < 2_048) return []
    return [[kid, { key, endorsements: Array.isArray(endorsements) ? endorsements.map(String) : undefined }]]
  } catch {
    return [] // it is not a key
  }
}
