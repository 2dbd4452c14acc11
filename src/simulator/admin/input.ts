import type { RouterContext } from '@koa/router'
import { isRecord } from '../../shared/json.js'
import { ApiError } from '../errors.js'
import { type Fault, faultKinds, faultTargets } from '../faults.js'
import type { TokenRequest } from '../issue-token.js'

/** The members of a request's body. Throws ApiError, as do all functions here. */
export function bodyOf(ctx: RouterContext): Readonly<Record<string, unknown>> {
  if (!ctx.is('json')) throw new ApiError(415, 'Send JSON with Content-Type: application/json')
  const { body } = ctx.request
  if (!isRecord(body)) throw new ApiError(400, 'Send a JSON object')
  return { ...body }
}

/** A required string. */
export function textOf(value: unknown, name: string, most: number): string {
  if (typeof value !== 'string' || value === '') throw new ApiError(400, `'${name}' must be a string`)
  if (value.length > most) throw new ApiError(400, `'${name}' is longer than ${most} characters`)
  return value
}

/** A boolean; `otherwise` if it is missing. */
export function flagOf(value: unknown, name: string, otherwise: boolean): boolean {
  if (value === undefined) return otherwise
  if (typeof value !== 'boolean') throw new ApiError(400, `'${name}' must be true or false`)
  return value
}

/** One of these words. */
export function oneOf<Word extends string>(value: unknown, name: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === value)
  if (found === undefined) throw new ApiError(400, `'${name}' must be ${words.join(' or ')}`)
  return found
}

/** The name or id of a room or person. */
export function idOrName(value: unknown, name: string): string | number {
  return typeof value === 'number' ? value : textOf(value, name, 200)
}

/** The token to create. */
export function readTokenRequest(body: Readonly<Record<string, unknown>>): TokenRequest {
  const { user, room, scopes } = body
  if (scopes !== undefined && !(Array.isArray(scopes) && scopes.every((one) => typeof one === 'string')))
    throw new ApiError(400, "'scopes' must be an array of strings")
  return {
    ...(user === undefined ? {} : { user: idOrName(user, 'user') }),
    ...(room === undefined ? {} : { room: idOrName(room, 'room') }),
    ...(scopes === undefined ? {} : { scopes }),
  }
}

/** The fault to inject. */
export function readFault(body: Readonly<Record<string, unknown>>): Fault {
  const target = faultTargets.find((one) => one === (body['target'] ?? 'any'))
  const kind = faultKinds.find((one) => one === body['kind'])
  if (!target) throw new ApiError(400, `'target' must be one of ${faultTargets.join(', ')}`)
  if (!kind) throw new ApiError(400, `'kind' must be one of ${faultKinds.join(', ')}`)
  const numbers = ['count', 'forMs', 'delayMs', 'status'].filter((name) => body[name] !== undefined)
  const bad = numbers.find(
    (name) => !Number.isInteger(body[name]) || Number(body[name]) < 0 || Number(body[name]) > 600_000,
  )
  if (bad) throw new ApiError(400, `'${bad}' must be a whole number from 0 to 600000`)
  const { offMs } = body
  if (offMs !== undefined && !(Number.isInteger(offMs) && Math.abs(Number(offMs)) <= dayMs))
    throw new ApiError(400, `'offMs' must be a whole number from -${dayMs} to ${dayMs}`)
  if (offMs !== undefined) numbers.push('offMs')
  return { target, kind, ...Object.fromEntries(numbers.map((name) => [name, Number(body[name])])) }
}

const dayMs = 86_400_000
