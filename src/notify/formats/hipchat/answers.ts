import { STATUS_CODES } from 'node:http'
import type { Refusal, SenderAnswer } from '../../endpoint.js'
import { challenge } from '../problem.js'

type Headers = Readonly<Record<string, string>>

/** A refusal in HipChat's format. One client reads it only if the content type has no charset. */
export function refuse({
  status,
  message,
  headers = {},
}: Pick<Refusal, 'status' | 'message' | 'headers'>): SenderAnswer {
  const error = { code: status, type: STATUS_CODES[status] ?? 'Error', message }
  return answerJson(status, { error }, { ...challenge(status), ...headers })
}

/** The answer to `auth_test`. */
export function allowed(headers: Headers): SenderAnswer {
  const message = 'This auth_token has access to use this method.'
  return answerJson(202, { success: { code: 202, type: 'Accepted', message } }, headers)
}

/** A JSON answer without a charset, because some clients compare the type. */
export function answerJson(status: number, content: object, headers: Headers): SenderAnswer {
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(content) }
}

/** The headers of an accepted post. */
export function acceptedHeaders(headers: Headers, id: string, warning: string | undefined): Headers {
  return { ...headers, 'slashroom-notification': id, ...(warning && { 'slashroom-warning': warning }) }
}
