import type { Authenticated, Notifier, SenderRequest } from '../endpoint.js'
import type { Fields } from './request-fields.js'

/** A request whose sender is known, and what was read of it. */
export interface AuthenticatedRequest<Content> extends Authenticated {
  readonly content: Content
}

/** Reads a request, and gives its fields beside what it says. Throws RefusedError. */
export type Read<Content> = (request: SenderRequest) => Promise<{ readonly content: Content; readonly fields: Fields }>

/**
 * Authenticates a request, then reads it; where the token stands in the body alone, as old clients have it, the body is
 * read first. Throws RefusedError.
 */
export async function authenticate<Content>(
  request: SenderRequest,
  notifier: Notifier,
  read: Read<Content>,
  token = readToken(request),
): Promise<AuthenticatedRequest<Content>> {
  if (token !== undefined) {
    const authenticated = await notifier.authenticate(token)
    return { ...authenticated, content: (await read(request)).content }
  }
  if (isCostly(request)) await notifier.authenticate(undefined) // throws
  const { content, fields } = await read(request)
  return { ...(await notifier.authenticate(tokenField(fields))), content }
}

/** Clients whose token stands in the body send forms: nobody has strangers' JSON parsed that is made to take long. */
function isCostly({ body }: SenderRequest): boolean {
  return body.length > largestUnknown && /^\s*[[{"]/.test(body.subarray(0, 100).toString('latin1'))
}

const largestUnknown = 65_536

/** The token that stands in a request's headers, or in its query under one of these names. */
export function readToken({ headers, query }: SenderRequest, names = ['auth_token']): string | undefined {
  const bearer = /^\s*bearer\s+(\S+)\s*$/i.exec(String(headers['authorization'] ?? ''))?.[1]
  return bearer ?? names.map((name) => query.get(name)).find((value) => value) ?? undefined
}

/** A member `token` is not the protocol's: a client sends it beside the real one. */
function tokenField({ auth_token }: Fields): string | undefined {
  return typeof auth_token === 'string' && auth_token !== '' ? auth_token : undefined
}
