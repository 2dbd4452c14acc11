import { AuthenticationError } from '../../model/errors.js'
import type { Verified, WebhookHead, WebhookRequest } from '../platform.js'
import type { Payload, ReadVerified } from './updates/enrich-update.js'
import type { WebhookSecret } from './updates/secret.js'
import { readUpdateBody } from './wire.js'

/** What verifying needs. */
export interface VerifyDeps {
  readonly secret: Pick<WebhookSecret, 'isKnown'>
  readonly readVerified: ReadVerified
}

/**
 * Creates the check that a request comes from the service: it sends the secret that the bot set. The chat and the user are then
 * trusted. https://core.telegram.org/bots/api#setwebhook
 */
export function createVerify({ secret, readVerified }: VerifyDeps) {
  return async (request: WebhookRequest): Promise<Verified<Payload>> => {
    if (!(await secret.isKnown(findToken(request)))) throw new AuthenticationError('secret token')
    return await readVerified(readUpdateBody(request.body), request.receivedAt, 'webhook')
  }
}

/** Throws AuthenticationError if the request has no secret. */
export function verifyHead(head: WebhookHead): void {
  findToken(head)
}

function findToken({ headers }: WebhookHead): string {
  const token = headers['x-telegram-bot-api-secret-token']
  if (typeof token !== 'string' || token === '') throw new AuthenticationError('no secret token')
  return token
}
