import { isRecord } from '../../shared/json.js'
import { ApiError } from '../errors.js'
import { repr } from '../python-json.js'

/** Throws ApiError if the value of a field is invalid. */
export type Check = (value: unknown, field: string) => void

/** A required field. */
export function required(check: Check): Check {
  return (value, field) => (value === undefined ? missing(field) : check(value, field))
}

/** An optional field, which may also be null. */
export function optional(check: Check): Check {
  return (value, field) => (value === undefined || value === null ? undefined : check(value, field))
}

/** An object with these members; others are ignored. */
export function object(members: Readonly<Record<string, Check>>): Check {
  return (value, field) => {
    if (!isRecord(value)) wrongType(field, value, 'object')
    for (const [name, check] of Object.entries(members)) check(value[name], field === '' ? name : `${field}.${name}`)
  }
}

/** The same, but other members are refused. */
export function closedObject(members: Readonly<Record<string, Check>>): Check {
  return (value, field) => {
    object(members)(value, field)
    const stray = Object.entries(value as object).find(([name]) => !Object.hasOwn(members, name))
    if (!stray) return
    const fault = 'Field %f contains additional properties not defined'
    refuse(`${field}.${stray[0]}`, stray[1], 'additionalProperties', fault)
  }
}

/** A string that passes one check, or another type that passes another. */
export function textOr(short: Check, long: Check): Check {
  return (value, field) => (typeof value === 'string' ? short(value, field) : long(value, field))
}

/** From `least` to `most` characters. */
export function text(least: number, most = Number.POSITIVE_INFINITY): Check {
  return (value, field) => {
    if (typeof value !== 'string') wrongType(field, value, 'string')
    const size = Array.from(value).length
    const must = 'Length of value %v for field %f must be'
    if (size < least) refuse(field, value, 'minLength', `${must} greater than or equal to ${least}`)
    if (size > most) refuse(field, value, 'maxLength', `${must} less than or equal to ${most}`)
  }
}

/** A boolean or a number; optional. */
export function ofType(type: 'boolean' | 'number'): Check {
  return (value, field) => {
    if (value !== undefined && typeof value !== type) wrongType(field, value, type)
  }
}

/** One of these strings. */
export function oneOf(values: readonly string[]): Check {
  return (value, field) => {
    if (value === null) missing(field)
    if (values.some((one) => one === value)) return
    refuse(field, value, 'enum', `Value %v for field %f is not in the enumeration: ${repr(values)}`)
  }
}

/** Refuses a value because of its type. */
export function wrongType(field: string, value: unknown, type: string): never {
  refuse(field, value, 'type', `Value %v for field %f is not of type '${type}'`, { expected_type: type })
}

function missing(field: string): never {
  throw new ApiError(400, `Required field '${field}' is missing`, { field, validation: 'required' })
}

/** Refuses a value in the real server's words: `%v` is the value, `%f` its field. */
export function refuse(field: string, value: unknown, validation: string, template: string, more: object = {}): never {
  const message = template.replace('%v', () => repr(value).slice(0, 1000)).replace('%f', () => `'${field}'`)
  throw new ApiError(400, message, { ...more, field, validation, value })
}
