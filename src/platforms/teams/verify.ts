import { AuthenticationError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import { isLoopback } from '../../net/ssrf.js'
import { shortHash } from '../../shared/crypto.js'
import { parseUrl } from '../../shared/url.js'
import type { Verified, WebhookHead, WebhookRequest } from '../platform.js'
import type { Conversations } from './conversations.js'
import { admitUrl } from './proof/cloud.js'
import { verifyHmac } from './proof/hmac.js'
import type { Claims } from './proof/jwt.js'
import { isLocal } from './proof/local.js'
import { toReplyTo } from './reply-target.js'
import type { Settings } from './settings.js'
import { type Activity, channelId, name, type Payload, readActivity } from './wire.js'

/** What verifying needs. */
export interface VerifyDeps extends Pick<Settings, 'tenantId' | 'cloud' | 'webhookSecret' | 'allowUnsigned'> {
  /** Undefined without a bot. */
  readonly verifyJwt: ((token: string, now: number) => Promise<Claims>) | undefined
  readonly conversations: Conversations
}

/**
 * Creates the check that an activity comes from the service: by its token, which also has the address for replies; by an Outgoing
 * Webhook's signature; or by coming from this machine, if the operator allows that.
 */
export function createVerify(deps: VerifyDeps) {
  const { conversations } = deps
  return async (request: WebhookRequest): Promise<Verified<Payload>> => {
    const { body, receivedAt } = request
    const { door, claims } = await prove(request, deps)
    const activity = readActivity(body)
    if (claims) checkClaims(activity, claims, deps)
    if (door === 'webhook' && !isRecent(activity, receivedAt)) throw new AuthenticationError('out of time')
    if (door === 'unsigned' && !isLoopback(parseUrl(activity.serviceUrl ?? '')?.hostname)) {
      throw new AuthenticationError('answers to another machine')
    }
    const installation = toInstallation(activity, door === 'unsigned' ? undefined : deps.tenantId)
    const replyTo = door === 'webhook' ? undefined : toReplyTo(activity, door)
    if (replyTo) await conversations.note(activity, replyTo)
    return { installation, payload: { door, activity, bodyHash: shortHash(body) }, receivedAt }
  }
}

/** Creates the check of the head, so that no body is read without a proof. */
export function createVerifyHead({ allowUnsigned }: Pick<Settings, 'allowUnsigned'>) {
  return (head: WebhookHead): void => {
    if (head.headers['authorization'] === undefined && !(allowUnsigned && isLocal(head))) {
      throw new AuthenticationError('no token')
    }
  }
}

/** How the request is authenticated. A proof must be valid, even if none is required. */
async function prove(
  request: WebhookRequest,
  { verifyJwt, webhookSecret, allowUnsigned }: VerifyDeps,
): Promise<{ readonly door: Payload['door']; readonly claims?: Claims }> {
  const { body, receivedAt, headers } = request
  const { authorization } = headers
  if (authorization === undefined && allowUnsigned && isLocal(request)) return { door: 'unsigned' }
  const [, scheme = '', proof = ''] = /^(Bearer|HMAC)\s+(\S+)$/i.exec(String(authorization ?? '')) ?? []
  if (/^hmac$/i.test(scheme)) {
    verifyHmac(proof, body, webhookSecret)
    return { door: 'webhook' }
  }
  if (proof === '' || !verifyJwt) throw new AuthenticationError('no token')
  return { door: 'bot', claims: await verifyJwt(proof, receivedAt) }
}

/**
 * The token does not cover the body, which must agree with it on the address for replies. In some other channels, people can
 * choose their identity.
 */
function checkClaims({ serviceUrl, ...activity }: Activity, claims: Claims, { cloud }: VerifyDeps): void {
  if (activity.channelId !== channelId) throw new AuthenticationError('another channel')
  if (claims.endorsements && !claims.endorsements.includes(channelId)) throw new AuthenticationError('not endorsed')
  if (!serviceUrl || serviceUrl !== claims.serviceUrl) throw new AuthenticationError('claims disagree')
  if (!admitUrl(serviceUrl, cloud)) throw new AuthenticationError('unsafe address')
}

/**
 * A token expires, but the signature of an Outgoing Webhook does not: without a limit, a recorded request could come again.
 * Teams puts its time into all of them.
 */
function isRecent({ timestamp }: Activity, now: number): boolean {
  return timestamp === undefined || Math.abs(now - Date.parse(timestamp)) <= windowMs
}

/** Allowed age of a signed activity, or clock difference. */
const windowMs = 300_000

function toInstallation({ tenantId }: Activity, only: string | undefined): Installation {
  if (!tenantId || (only !== undefined && tenantId.toLowerCase() !== only))
    throw new AuthenticationError('another tenant')
  const id = tenantId.toLowerCase()
  return { id, platform: name, tenant: { id }, details: {}, secrets: {} }
}
