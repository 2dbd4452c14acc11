import { AuthenticationError, HttpError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import type { ReplayToken } from '../../model/replay-protection.js'
import { hmacHex, safeEqual } from '../../shared/crypto.js'
import type { Verified, WebhookHead, WebhookRequest } from '../platform.js'
import { isUninstall } from './app/uninstall.js'
import type { Workspaces } from './app/workspaces.js'
import { isSslCheck, mayBeSslCheck, name, type Payload, readPayload, type SignedPayload } from './wire.js'

/** What verifying requests needs. */
export interface VerifyDeps {
  /** Undefined if there are no webhooks. */
  readonly signingSecret: string | undefined
  readonly admit: Admit
}

/** What finding an installation needs. */
export interface AdmitDeps {
  readonly workspaces: Workspaces
  /** Removes the installation if the event says that it was uninstalled. */
  readonly uninstall: (payload: SignedPayload, installation: Installation) => Promise<void>
}

/** Finds the installation of a verified body. Throws AuthenticationError if there is none. */
export type Admit = (payload: SignedPayload, receivedAt: number) => Promise<Verified<Payload>>

/** Creates the lookup. It also removes an installation when its workspace reports that. */
export function createAdmit({ workspaces, uninstall }: AdmitDeps): Admit {
  return async (payload, receivedAt) => {
    if (isHandshake(payload)) return { installation: noInstallation, payload, receivedAt }
    const installation = await workspaces.find(payload.owner)
    // It may be reported twice: app_uninstalled and tokens_revoked arrive in any order.
    if (!installation && isUninstall(payload)) return { installation: noInstallation, payload, receivedAt }
    if (!installation) throw new AuthenticationError('unknown installation')
    await uninstall(payload, installation)
    return { installation, payload, receivedAt }
  }
}

/**
 * Creates the check that a request comes from the service: an HMAC over the raw body and its timestamp with the app's signing
 * secret. The body, which is signed too, names the installation.
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
    // Slack may resend an event unchanged, and stops sending events if too many are refused.
    if (verified.installation === noInstallation || headers['x-slack-retry-num']) return verified
    return { ...verified, replayToken: toReplayToken(signature, timestamp) }
  }
}

/** Stands for the service itself, which checks the address: `decode` finds no command in it. */
const noInstallation: Installation = { id: '', platform: name, tenant: { id: '' }, details: {}, secrets: {} }

/** Throws AuthenticationError if the request is not signed and cannot be a certificate check. */
export function verifyHead(head: WebhookHead): void {
  if (head.method === 'POST' && !mayBeSslCheck(head)) findSignature(head)
}

function findSignature({ headers }: WebhookHead) {
  const { 'x-slack-request-timestamp': timestamp, 'x-slack-signature': signature } = headers
  if (typeof timestamp !== 'string' || typeof signature !== 'string') throw new AuthenticationError('not signed')
  return { signature, timestamp }
}

/** The signature and its timestamp, if both are valid. */
function proveSignature(secret: string, request: WebhookRequest) {
  const { body, receivedAt } = request
  const { signature, timestamp } = findSignature(request)
  if (!/^\d{1,12}$/.test(timestamp)) throw new AuthenticationError('malformed')
  if (!safeEqual(signature, `v0=${hmacHex(secret, `v0:${timestamp}:`, body)}`))
    throw new AuthenticationError('signature')
  if (Math.abs(receivedAt / 1_000 - Number(timestamp)) > window) throw new AuthenticationError('out of time')
  return { signature, timestamp }
}

/** Allowed age of a request, or clock difference, in seconds. */
const window = 300

function isHandshake(payload: SignedPayload): boolean {
  return payload.door === 'events' && payload.envelope.type === 'url_verification'
}

/** The signature covers the body, so it identifies it; half of its 64 digits are enough. */
function toReplayToken(signature: string, timestamp: string): ReplayToken {
  const until = (Number(timestamp) + 2 * window) * 1_000
  return { key: `seen/${name}/${signature.slice(-32)}`, body: '', until }
}
