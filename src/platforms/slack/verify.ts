import { AuthenticationError, HttpError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import type { ReplayToken } from '../../model/replay.js'
import { hmacHex, safeEqual } from '../../shared/crypto.js'
import type { WebhookRequest } from '../platform.js'
import { createRequestContext } from '../request-context.js'
import { isUninstall } from './app/uninstall.js'
import type { Workspaces } from './app/workspaces.js'
import { isSslCheck, name, ownerOf, readPayload } from './wire.js'

/** Where proofs are looked up, and what was proven before. */
export interface VerifyDeps {
  readonly signingSecret: string
  readonly workspaces: Workspaces
}

/**
 * Makes the proof that a request comes from the service: an HMAC over the raw body and its time, with the app's signing
 * secret. Whose installation it is says the body, which is proven with it.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function createVerify({ signingSecret, workspaces }: VerifyDeps) {
  const proofs = createRequestContext<ReplayToken>()

  async function verify(request: WebhookRequest): Promise<Installation> {
    if (isSslCheck(request)) return noInstallation
    if (request.method !== 'POST') throw new HttpError('Slack calls by POST.', 405)
    const signature = proveSignature(signingSecret, request)
    const payload = readPayload(request)
    if (payload.door === 'events' && payload.envelope.type === 'url_verification') return noInstallation
    const installation = await workspaces.find(ownerOf(payload))
    // Who has left already may say so twice: app_uninstalled and tokens_revoked come in any order.
    if (!installation && isUninstall(payload)) return noInstallation
    if (!installation) throw new AuthenticationError('unknown installation')
    // Slack may send an event again just as it was, and stops sending any where too many are refused.
    if (!request.headers['x-slack-retry-num']) proofs.set(request, toProof(signature, request))
    return installation
  }

  return { verify, proof: (request: WebhookRequest) => proofs.of(request) }
}

/** The signature covers the body, so that it stands for it; of its 64 digits half are enough to be no other's. */
function toProof(signature: string, { headers }: WebhookRequest): ReplayToken {
  const until = (Number(headers['x-slack-request-timestamp']) + 2 * window) * 1_000
  return { key: `seen/${name}/${signature.slice(-32)}`, body: '', until }
}

/** Stands for the service itself, which asks whether we are there: `decode` finds no command in what comes from it. */
export const noInstallation: Installation = { id: '', platform: name, tenant: { id: '' }, details: {}, secrets: {} }

/** Seconds that a request may be old, or ahead of our clock. */
const window = 300

/** The signature, where it is good. */
function proveSignature(secret: string, { headers, body, receivedAt }: WebhookRequest): string {
  const timestamp = headers['x-slack-request-timestamp']
  const signature = headers['x-slack-signature']
  if (typeof timestamp !== 'string' || typeof signature !== 'string') throw new AuthenticationError('not signed')
  if (!/^\d{1,12}$/.test(timestamp)) throw new AuthenticationError('malformed')
  if (!safeEqual(signature, `v0=${hmacHex(secret, `v0:${timestamp}:`, body)}`))
    throw new AuthenticationError('signature')
  if (Math.abs(receivedAt / 1_000 - Number(timestamp)) > window) throw new AuthenticationError('out of time')
  return signature
}
