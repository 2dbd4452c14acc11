import { AuthenticationError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import type { Verified, WebhookHead, WebhookRequest } from '../platform.js'
import type { Settings } from './settings.js'
import { type Interaction, name, readId, readInteraction } from './wire.js'

/**
 * Creates the check that a request comes from Discord: Ed25519 over the timestamp and the raw body. The body is signed, so its
 * guild can be trusted, and no installation is stored.
 * https://discord.com/developers/docs/interactions/overview#setting-up-an-endpoint-validating-security-request-headers
 */
export function createVerify({ applicationId, verifySignature }: Pick<Settings, 'applicationId' | 'verifySignature'>) {
  return async (request: WebhookRequest): Promise<Verified<Interaction>> => {
    const { body, receivedAt } = request
    const { signature, timestamp } = findSignature(request)
    if (!verifySignature(Buffer.concat([Buffer.from(timestamp), body]), signature))
      throw new AuthenticationError('signature')
    if (!isRecent(timestamp, receivedAt)) throw new AuthenticationError('out of time')
    const payload = readInteraction(body)
    // Each application has its own key, so a body that names no application is fine.
    if ((payload.application_id ?? applicationId) !== applicationId)
      throw new AuthenticationError('another application')
    return { installation: toInstallation(payload), payload, receivedAt }
  }
}

/** Throws AuthenticationError if the request has no signature. */
export function verifyHead(head: WebhookHead): void {
  findSignature(head)
}

function findSignature({ headers }: WebhookHead) {
  const [signature, timestamp] = [headers['x-signature-ed25519'], headers['x-signature-timestamp']]
  if (typeof signature !== 'string' || typeof timestamp !== 'string') throw new AuthenticationError('no signature')
  return { signature, timestamp }
}

/** Allowed age of a signature, or clock difference, in seconds. The service sets no limit. */
const window = 300

function isRecent(timestamp: string, now: number): boolean {
  if (!/^\d{1,13}$/.test(timestamp)) return false
  const seconds = timestamp.length === 13 ? Number(timestamp) / 1_000 : Number(timestamp)
  return Math.abs(now / 1_000 - seconds) <= window
}

/**
 * The guild that installed the application; otherwise the caller, who installed it for themselves and uses it in a direct chat,
 * a group, or a guild that did not install it.
 */
function toInstallation({ guild_id, owners, member, user }: Interaction): Installation {
  const isGuilds = guild_id !== undefined && (owners === undefined || readId(owners['0']) === guild_id)
  const id = isGuilds ? guild_id : `dm:${(user ?? member?.user)?.id ?? ''}`
  return { id, platform: name, tenant: { id }, details: {}, secrets: {} }
}
