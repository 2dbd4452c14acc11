import { isRecord } from './json.js'

/**
 * The fields with secrets blanked, at every depth and regardless of case, as JSON will show them; the same object if there
 * is nothing to blank. Cyclic or endless values are cut.
 */
export function redact(fields: Fields): Fields {
  let shown: Record<string, unknown> | undefined
  for (const name of Object.keys(fields)) {
    const value = fields[name]
    let safe = value
    if (isSecret(name)) safe = blanked
    else if (typeof value === 'object' && value !== null) safe = redactObject(value, { path: [], left: maxObjects })
    if (safe === value) continue
    shown ??= { ...fields }
    shown[name] = safe
  }
  return shown ?? fields
}

type Fields = Readonly<Record<string, unknown>>

/** The objects around a value, and how many more levels will be visited. */
interface Walk {
  readonly path: object[]
  left: number
}

const blanked = '[secret]'
const maxDepth = 8
const maxObjects = 1_000

function redactObject(value: object, walk: Walk): unknown {
  if (walk.path.includes(value)) return '[circular]'
  if (walk.path.length === maxDepth || walk.left-- <= 0) return '[…]'
  walk.path.push(value)
  try {
    return redactInside(value, walk)
  } catch {
    return '[unreadable]' // a getter or toJSON that throws
  } finally {
    walk.path.pop()
  }
}

function redactInside(value: object, walk: Walk): unknown {
  if (Array.isArray(value)) return redactList(value, walk)
  if (value instanceof Error) return redactFields(errorFields(value), walk)
  if (value instanceof Map) return redactFields(Object.fromEntries(value), walk)
  if (value instanceof Set) return redactList([...value], walk)
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`
  const json = 'toJSON' in value && typeof value.toJSON === 'function' ? value.toJSON() : value
  return json === value && isRecord(value) ? redactFields(value, walk) : redactValue(json, walk)
}

function redactValue(value: unknown, walk: Walk): unknown {
  return typeof value === 'object' && value !== null ? redactObject(value, walk) : value
}

function redactFields(fields: Fields, walk: Walk): Fields {
  let shown: Record<string, unknown> | undefined
  for (const name of Object.keys(fields)) {
    const value = fields[name]
    const safe = isSecret(name) ? blanked : redactValue(value, walk)
    if (safe === value) continue
    shown ??= { ...fields }
    shown[name] = safe
  }
  return shown ?? fields
}

/** In lists of alternating names and values (argv, rawHeaders), values are blanked by name. */
function redactList(list: readonly unknown[], walk: Walk): readonly unknown[] {
  let changed = false
  const shown = list.map((value, index) => {
    const before = list[index - 1]
    const safe = typeof before === 'string' && isSecret(before) ? blanked : redactValue(value, walk)
    if (safe !== value) changed = true
    return safe
  })
  return changed ? shown : list
}

/** What JSON leaves out of an error, and properties that were added to it. */
function errorFields(error: Error): Fields {
  const { message, stack, cause } = error
  const errors = error instanceof AggregateError ? { errors: error.errors } : {}
  return {
    ...error,
    type: error.constructor.name,
    message,
    stack,
    ...(cause === undefined ? {} : { cause }),
    ...errors,
  }
}

/** Cached by name, because there are few field names; cleared if user data fills it with names. */
const known = new Map<string, boolean>()
const maxKnown = 1_000
const longestName = 64

function isSecret(name: string): boolean {
  return known.get(name) ?? judge(name)
}

function judge(name: string): boolean {
  if (name.length > longestName) return false
  const secret = secretNames.test(name.replace(/[-_. ]/g, ''))
  if (known.size >= maxKnown) known.clear()
  known.set(name, secret)
  return secret
}

const secretNames =
  /(?:secret|token|password|passphrase|authorization|cookie|credential|apikey|privatekey|secretkey|signedrequest)s?$/i
