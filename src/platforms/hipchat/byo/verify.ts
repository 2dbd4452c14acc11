import { AuthenticationError } from '../../../model/errors.js'
import type { Installation } from '../../../model/installation.js'
import type { CommandToken, CommandTokens, Verified, WebhookHead, WebhookRequest } from '../../platform.js'
import { type Payload, readPayload } from '../wire.js'
import { name } from './wire.js'

/** Creates the check of the token in the address. It proves nothing else, and the payload adds nothing. */
export function createVerify({ commandTokens }: { readonly commandTokens: CommandTokens }) {
  return async ({ path, body, receivedAt }: WebhookRequest): Promise<Verified<Payload>> => {
    const token = await commandTokens.find(readToken(path))
    if (!token) throw new AuthenticationError('unknown token')
    return { installation: toInstallation(token), payload: readPayload(body), receivedAt }
  }
}

/** Throws AuthenticationError if the address contains no token. */
export function verifyHead({ path }: WebhookHead): void {
  readToken(path)
}

function readToken(path: string): string {
  const [, token] = /^\/([A-Za-z0-9]+)\/?$/.exec(path) ?? []
  if (token === undefined) throw new AuthenticationError('no token')
  return token
}

function toInstallation({ id, name: token, room, replyTo }: CommandToken): Installation {
  const details = { room, hasAddress: replyTo !== undefined }
  return { id, platform: name, tenant: { id: `${name}:${token}`, name: token }, details, secrets: {} }
}
