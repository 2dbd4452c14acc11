import { STATUS_CODES } from 'node:http'
import type { Refusal, SenderAnswer } from '../../endpoint.js'
import { challenge } from '../problem.js'

type Headers = Readonly<Record<string, string>>

/** A refusal as HipChat wrote it. A client reads it only where no charset stands beside its type. */
export function refuse({
  status,
  message,
  headers = {},
}: Pick<Refusal, 'status' | 'message' | 'headers'>): SenderAnswer {
  const error = { code: status, type: STATUS_CODES[status] ?? 'Error', message }
  return answerJson(status, { error }, { ...challenge(status), ...headers })
}

/** What is asked whether it may post. */
export function allowed(headers: Headers): SenderAnswer {
  const message = 'This auth_token has access to use this method.'
  return answerJson(202, { success: { code: 202, type: 'Accepted', message } }, headers)
}

/** An answer in JSON, without a charset: some clients compare the type. */
export function answerJson(status: number, content: object, headers: Headers): SenderAnswer {
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(content) }
}

/** The headers of what was accepted. */
export function acceptedHeaders(headers: Headers, id: string, warning: string | undefined): Headers {
  return { ...headers, 'slashroom-notification': id, ...(warning && { 'slashroom-warning': warning }) }
}
