import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { isTransient } from '../../delivery/retry-rule.js'
import { AuthenticationError, NetworkError } from '../../model/errors.js'
import { singleFlight } from '../../shared/coalesce.js'
import { isRecord, parseJson } from '../../shared/json.js'
import type { PlatformDeps } from '../platform.js'
import { name, type Origin, readId, type TriggerId } from './wire.js'

/**
 * Checks that the server created this `trigger_id` for this user just now. Throws AuthenticationError. Undefined if the server
 * publishes no key.
 */
export type VerifyTriggerId = (origin: Origin, now: number) => Promise<TriggerId | undefined>

/** What checking triggers needs. */
export interface VerifyTriggerIdDeps extends Pick<PlatformDeps, 'request' | 'store' | 'log'> {
  readonly url: string
}

/**
 * Creates the check of who typed or pressed, and when. The server does not sign requests, but it signs each `trigger_id`
 * (ECDSA P-256, SHA-256, model.GenerateTriggerId), and its client configuration has the public key. So a leaked token is not
 * enough to impersonate anybody, and recorded requests expire.
 */
export function createVerifyTriggerId({ request, url, store, log }: VerifyTriggerIdDeps): VerifyTriggerId {
  let kept: { readonly key: KeyObject | undefined; readonly text: string | undefined; readonly at: number } | undefined
  const askOnce = singleFlight(ask)

  async function prove({ trigger_id, user_id }: Origin, now: number): Promise<TriggerId | undefined> {
    const key = await find(keptMs)
    if (!key) return undefined // the server publishes none, so only the command's token is proof
    const trigger = parseTriggerId(trigger_id)
    if (!trigger) throw new AuthenticationError('malformed trigger')
    if (!fits(trigger, key) && !(await fitsNewer(trigger, key))) throw new AuthenticationError('signature')
    if (trigger.userId !== user_id) throw new AuthenticationError('claims disagree')
    if (trigger.at < now - windowMs) throw new AuthenticationError('expired')
    if (trigger.at > now + windowMs) throw new AuthenticationError('not yet valid')
    return trigger
  }

  /** The server may have a new key; it is asked rarely, so that forgeries do not cause many requests. */
  async function fitsNewer(trigger: TriggerId, old: KeyObject): Promise<boolean> {
    const key = await find(againMs)
    return key !== undefined && key !== old && fits(trigger, key)
  }

  async function find(maxAgeMs: number): Promise<KeyObject | undefined> {
    if (kept && performance.now() - kept.at < maxAgeMs) return kept.key
    return await askOnce()
  }

  async function ask(): Promise<KeyObject | undefined> {
    const said = await askServer()
    if (said === undefined) {
      kept = { ...(kept ?? (await recall())), at: performance.now() - keptMs + askAgainMs }
      return kept.key
    }
    const key = readKey(said)
    if (key && key.text !== kept?.text) await store.set(keyName, key.text)
    if (!key && !kept) log.warn({}, 'the server publishes no signing key: users and times cannot be proven')
    kept = { key: key?.object, text: key?.text, at: performance.now() }
    return kept.key
  }

  /** The published key; undefined if the server cannot be asked now. A server without this address publishes none. */
  async function askServer(): Promise<unknown> {
    try {
      const { status, body } = await request(`${url}/api/v4/config/client?format=old`, {
        privateAllowed: true,
        timeoutMs: 3_000, // somebody waits for the ack
      })
      if (isTransient(status)) return undefined
      return status === 200 ? (parseJson(body) ?? {}) : {}
    } catch (error) {
      if (error instanceof NetworkError) return undefined
      throw error
    }
  }

  /** If the server cannot be asked, its last known key applies; without one, nothing is known. */
  async function recall() {
    const key = readKey({ [published]: await store.get(keyName) })
    if (!key) log.warn({}, 'the server cannot be asked for its signing key: users and times are not proven until then')
    return { key: key?.object, text: key?.text }
  }

  return prove
}

/** Allowed clock difference and age of a request. */
const windowMs = 5 * 60_000
const keptMs = 60 * 60_000
const againMs = 60_000
/** How long it is not asked again after a failure. */
const askAgainMs = 10_000

/** Parses base64 of `id:user:milliseconds:signature`; undefined if it is malformed. */
function parseTriggerId(triggerId: string | undefined): TriggerId | undefined {
  if (triggerId === undefined || triggerId.length > 1_000) return undefined
  const [id, user, at, signature, ...more] = Buffer.from(triggerId, 'base64').toString('latin1').split(':')
  const userId = readId(user)
  if (!readId(id) || !userId || !at || !/^\d{1,15}$/.test(at) || !signature || more.length > 0) return undefined
  return { signed: `${id}:${user}:${at}:`, userId, at: Number(at), signature: Buffer.from(signature, 'base64') }
}

function fits({ signed, signature }: TriggerId, key: KeyObject): boolean {
  return verify('sha256', Buffer.from(signed, 'latin1'), { key, dsaEncoding: 'der' }, signature)
}

/** Only the one algorithm that the server uses. */
function readKey(config: unknown): { readonly text: string; readonly object: KeyObject } | undefined {
  const text = isRecord(config) ? config[published] : undefined
  if (typeof text !== 'string' || text === '') return undefined
  try {
    const object = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
    return object.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? { text, object } : undefined
  } catch {
    return undefined // not a key
  }
}

/** The member of the client configuration with the key, and our name for it. */
const published = 'AsymmetricSigningPublicKey'
const keyName = `${name}/signing-key`
