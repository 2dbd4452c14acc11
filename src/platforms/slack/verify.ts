import { AuthenticationError, HttpError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import type { ReplayToken } from '../../model/replay-protection.js'
import { hmacHex, safeEqual } from '../../shared/crypto.js'
import type { Verified, WebhookHead, WebhookRequest } from '../platform.js'
import { isUninstall } from './app/uninstall.js'
import type { Workspaces } from './app/workspaces.js'
import { isSslCheck, mayBeSslCheck, name, type Payload, readPayload, type SignedPayload } from './wire.js'

/** What proves requests. */
export interface VerifyDeps {
  /** Undefined where nothing comes by webhook. */
  readonly signingSecret: string | undefined
  readonly admit: Admit
}

/** Where installations are looked up, and what is called for events. */
export interface AdmitDeps {
  readonly workspaces: Workspaces
  /** Takes the installation away where this is what its workspace says. */
  readonly uninstall: (payload: SignedPayload, installation: Installation) => Promise<void>
}

/** Finds the installation that something proven is for. Throws AuthenticationError where there is none. */
export type Admit = (payload: SignedPayload, receivedAt: number) => Promise<Verified<Payload>>

/** Creates the look-up of whose a proven body is, which removes an installation where its workspace says so. */
export function createAdmit({ workspaces, uninstall }: AdmitDeps): Admit {
  return async (payload, receivedAt) => {
    if (isHandshake(payload)) return { installation: noInstallation, payload, receivedAt }
    const installation = await workspaces.find(payload.owner)
    // Who has left already may say so twice: app_uninstalled and tokens_revoked come in any order.
    if (!installation && isUninstall(payload)) return { installation: noInstallation, payload, receivedAt }
    if (!installation) throw new AuthenticationError('unknown installation')
    await uninstall(payload, installation)
    return { installation, payload, receivedAt }
  }
}

/**
 * Creates the check that a request comes from the service: an HMAC over the raw body and its time, with the app's
 * signing secret. The body, which is signed too, says whose installation it is.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function createVerify({ signingSecret, admit }: VerifyDeps) {
  return async (request: WebhookRequest): Promise<Verified<Payload>> => {
    const { method, headers, receivedAt } = request
    if (signingSecret === undefined) throw new AuthenticationError('no signing secret')
    if (isSslCheck(request)) return { installation: noInstallation, payload: { door: 'ssl_check' }, receivedAt }
    if (method !== 'POST') throw new HttpError('Slack calls by POST.', 405)
    const { signature, timestamp } = proveSignature(signingSecret, request)
    const verified = await admit(readPayload(request, timestamp), receivedAt)
    // Slack may send an event again just as it was, and stops sending any where too many are refused.
    if (verified.installation === noInstallation || headers['x-slack-retry-num']) return verified
    return { ...verified, replayToken: toReplayToken(signature, timestamp) }
  }
}

/** Stands for the service itself, which asks whether we are there: `decode` finds no command in what comes from it. */
const noInstallation: Installation = { id: '', platform: name, tenant: { id: '' }, details: {}, secrets: {} }

/** Throws AuthenticationError where no signature comes with the request, and it cannot be the question for our certificate. */
export function verifyHead(head: WebhookHead): void {
  if (head.method === 'POST' && !mayBeSslCheck(head)) findSignature(head)
}

function findSignature({ headers }: WebhookHead) {
  const { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature } = headers
  if (typeof timestamp !== 'string' || typeof signature !== 'string') throw new AuthenticationError('not signed')
  return { signature, timestamp }
}

/** The signature and its time, where both are good. */
function proveSignature(secret: string, request: WebhookRequest) {
  const { body, receivedAt } = request
  const { signature, timestamp } = findSignature(request)
  if (!/^\d{1,12}$/.test(timestamp)) throw new AuthenticationError('malformed')
  if (!safeEqual(signature, `v0=${hmacHex(secret, `v0:${timestamp}:`, body)}`))
    throw new AuthenticationError('signature')
  if (Math.abs(receivedAt / 1_000 - Number(timestamp)) > window) throw new AuthenticationError('out of time')
  return { signature, timestamp }
}

/** Seconds that a request may be old, or ahead of our clock. */
const window = 300

function isHandshake(payload: SignedPayload): boolean {
  return payload.door === 'events' && payload.envelope.type === 'url_verification'
}

/** The signature covers the body, so that it stands for it; of its 64 digits half are enough to be no other's. */
function toReplayToken(signature: string, timestamp: string): ReplayToken {
  const until = (Number(timestamp) + 2 * window) * 1_000
  return { key: `seen/${name}/${signature.slice(-32)}`, body: '', until }
}
