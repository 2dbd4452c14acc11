import type { Authenticated, Notifier, SenderRequest } from '../endpoint.js'
import type { Fields } from './request-fields.js'

/** An authenticated request, and its parsed content. */
export interface AuthenticatedRequest<Content> extends Authenticated {
  readonly content: Content
}

/** Parses a request into its content and its fields. Throws RefusedError. */
export type Read<Content> = (request: SenderRequest) => Promise<{ readonly content: Content; readonly fields: Fields }>

/**
 * Authenticates a request, then parses it. If the token is only in the body, as with old clients, the body is parsed
 * first. Throws RefusedError.
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

/** Clients with the token in the body send forms, so JSON of strangers, which can be slow to parse, is refused unparsed. */
function isCostly({ body }: SenderRequest): boolean {
  return body.length > largestUnknown && /^\s*[[{"]/.test(body.subarray(0, 100).toString('latin1'))
}

const largestUnknown = 65_536

/** The token in a request's headers, or in its query under one of these names. */
export function readToken({ headers, query }: SenderRequest, names = ['auth_token']): string | undefined {
  const bearer = /^\s*bearer\s+(\S+)\s*$/i.exec(String(headers['authorization'] ?? ''))?.[1]
  return bearer ?? names.map((name) => query.get(name)).find((value) => value) ?? undefined
}

/** The protocol has no member `token`, but a client sends one beside the real token. */
function tokenField({ auth_token }: Fields): string | undefined {
  return typeof auth_token === 'string' && auth_token !== '' ? auth_token : undefined
}
