import type { Middleware } from 'koa'
import bodyParser from 'koa-bodyparser'
import { asRecord, readText } from '../shared/json.js'
import { describeJsonError } from './describe-json-error.js'
import { ApiError } from './errors.js'

/** Parses JSON and forms; refuses invalid bodies with the position of the error. */
export function readBody(): Middleware {
  return bodyParser({
    enableTypes: ['json', 'form'],
    jsonLimit: '1mb',
    formLimit: '1mb',
    onerror(error) {
      throw toApiError(error) ?? error
    },
  })
}

function toApiError(error: unknown): ApiError | undefined {
  const { status, body } = asRecord(error)
  if (status === 413) return new ApiError(413, 'The request body is too large')
  if (status === 415) return new ApiError(415, 'The request body is in no known form')
  if (status !== 400) return undefined
  const reason = describeJsonError(readText(body) ?? '')
  return new ApiError(
    400,
    reason ? `The request body is not valid JSON: ${reason}` : 'The request body must be a JSON object',
  )
}
