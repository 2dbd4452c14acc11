import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { NetworkError, UnavailableError, UnverifiedError } from '../../model/errors.js'
import type { Log } from '../../model/log.js'
import type { Request } from '../../net/request.js'
import { isRecord, parseJson } from '../json.js'
import { readId } from './wire.js'

/** What a `trigger_id` says: who did something, and when. */
export interface Trigger {
  /** The part that is signed. The signature itself can be written in more ways than one. */
  readonly signed: string
  readonly userId: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly signature: Buffer
}

/** Reads a `trigger_id`: base64 of `id:user:milliseconds:signature`. Undefined where it is none. */
export function readTrigger(triggerId: unknown): Trigger | undefined {
  if (typeof triggerId !== 'string' || triggerId.length > 1_000) return undefined
  const [id, user, at, signature, ...more] = Buffer.from(triggerId, 'base64').toString('latin1').split(':')
  const userId = readId(user)
  if (!readId(id) || !userId || !at || !/^\d{1,15}$/.test(at) || !signature || more.length > 0) return undefined
  return { signed: `${id}:${user}:${at}:`, userId, at: Number(at), signature: Buffer.from(signature, 'base64') }
}

/** Proves that the server itself made this `trigger_id`, for this user, just now; or throws UnverifiedError. */
export type ProveTrigger = (triggerId: unknown, userId: unknown, now: number) => Promise<void>

/** What a trigger is proven with. */
export interface TriggerParts {
  readonly request: Request
  readonly url: string
  readonly log: Log
}

/**
 * Makes the proof of who typed or pressed, and when. Requests of the server carry no signature of their own, but it signs
 * each `trigger_id` (ECDSA P-256, SHA-256, model.GenerateTriggerId) with the key whose public half is in its client
 * configuration. So a token that leaked is not enough to speak for somebody, and what was recorded grows stale.
 */
export function createProveTrigger({ request, url, log }: TriggerParts): ProveTrigger {
  let kept: { readonly key: KeyObject | undefined; readonly at: number } | undefined
  let asking: Promise<KeyObject | undefined> | undefined

  async function prove(triggerId: unknown, userId: unknown, now: number): Promise<void> {
    const key = await find(keptMs)
    if (!key) return // the server publishes none: the token in the body is all the proof there is
    const trigger = readTrigger(triggerId)
    if (!trigger) throw new UnverifiedError('malformed trigger')
    if (!fits(trigger, key) && !(await fitsNewer(trigger, key))) throw new UnverifiedError('signature')
    if (trigger.userId !== userId) throw new UnverifiedError('claims disagree')
    if (trigger.at < now - windowMs) throw new UnverifiedError('expired')
    if (trigger.at > now + windowMs) throw new UnverifiedError('not yet valid')
  }

  /** The server may have a new key; it is asked seldom, so that forgers do not make us ask. */
  async function fitsNewer(trigger: Trigger, old: KeyObject): Promise<boolean> {
    const key = await find(againMs)
    return key !== undefined && key !== old && fits(trigger, key)
  }

  async function find(maxAgeMs: number): Promise<KeyObject | undefined> {
    if (kept && performance.now() - kept.at < maxAgeMs) return kept.key
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return await asking
  }

  async function ask(): Promise<KeyObject | undefined> {
    try {
      const { status, body } = await request(`${url}/api/v4/config/client?format=old`, {
        privateAllowed: true,
        timeoutMs: 3_000, // somebody waits for the ack
      })
      if (status !== 200) throw new UnavailableError(`MATTERMOST_URL answers ${status} when asked for its key.`, 5)
      const key = readKey(parseJson(body))
      if (!key && !kept) log.warn({}, 'the server publishes no signing key: users and times cannot be proven')
      kept = { key, at: performance.now() }
      return key
    } catch (error) {
      if (kept) return kept.key
      if (error instanceof NetworkError)
        throw new UnavailableError('MATTERMOST_URL cannot be reached.', 5, { cause: error })
      throw error
    }
  }

  return prove
}

/** By how much clocks may differ, and how long a request may be under way. */
const windowMs = 5 * 60_000
const keptMs = 60 * 60_000
const againMs = 60_000

function fits({ signed, signature }: Trigger, key: KeyObject): boolean {
  return verify('sha256', Buffer.from(signed, 'latin1'), { key, dsaEncoding: 'der' }, signature)
}

/** Only the one algorithm that the server has. */
function readKey(config: unknown): KeyObject | undefined {
  const text = isRecord(config) ? config['AsymmetricSigningPublicKey'] : undefined
  if (typeof text !== 'string' || text === '') return undefined
  const key = createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' })
  return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined
}
