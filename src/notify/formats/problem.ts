import { STATUS_CODES } from 'node:http'
import type { Refusal, SenderAnswer } from '../endpoint.js'

/** A refusal as problem+json. https://www.rfc-editor.org/rfc/rfc9457 */
export function problem({
  status,
  message,
  headers = {},
}: Pick<Refusal, 'status' | 'message' | 'headers'>): SenderAnswer {
  const title = STATUS_CODES[status] ?? 'Error'
  return {
    status,
    headers: { ...challenge(status), ...headers, 'content-type': 'application/problem+json' },
    body: JSON.stringify({ type: 'about:blank', title, status, detail: message }),
  }
}

/** Required by RFC 9110 for every 401. https://www.rfc-editor.org/rfc/rfc9110#section-15.5.2 */
export function challenge(status: number): Readonly<Record<string, string>> {
  return status === 401 ? { 'www-authenticate': 'Bearer realm="slashroom"' } : {}
}
