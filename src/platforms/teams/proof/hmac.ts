import { createHmac } from 'node:crypto'
import { AuthenticationError } from '../../../model/errors.js'
import { safeEqual } from '../../../shared/crypto.js'

/**
 * Checks an Outgoing Webhook's signature over the raw body. Throws AuthenticationError.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook
 */
export function verifyHmac(signature: string, body: Buffer, secret: Buffer | undefined): void {
  if (!secret) throw new AuthenticationError('no Outgoing Webhook')
  if (!safeEqual(signature, createHmac('sha256', secret).update(body).digest('base64'))) {
    throw new AuthenticationError('signature')
  }
}
