import { AuthenticationError } from '../../../model/errors.js'
import type { Installation } from '../../../model/installation.js'
import type { CommandToken, CommandTokens, Verified, WebhookHead, WebhookRequest } from '../../platform.js'
import { type Payload, readPayload } from '../wire.js'
import { name } from './wire.js'

/** Creates the check that a request comes to an address with a token: that is all that it proves, and no payload adds to it. */
export function createVerify({ commandTokens }: { readonly commandTokens: CommandTokens }) {
  return async ({ path, body, receivedAt }: WebhookRequest): Promise<Verified<Payload>> => {
    const token = await commandTokens.find(readToken(path))
    if (!token) throw new AuthenticationError('unknown token')
    return { installation: toInstallation(token), payload: readPayload(body), receivedAt }
  }
}

/** Throws AuthenticationError where no token stands in the address. */
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
