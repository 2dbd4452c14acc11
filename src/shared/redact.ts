import { isRecord } from './json.js'

/**
 * The fields without known secrets, at every depth and in any case, as JSON will show them; the same object where there
 * is nothing to blank. What is cyclic or without end is cut.
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

/** The objects that one value is inside of, and how many more will be looked into. */
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
    return '[unreadable]' // a getter or toJSON of somebody's that throws
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

/** Lists of names and values in turn (argv, rawHeaders) are blanked behind a name. */
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

/** What an error has to say, which JSON leaves out, beside what was added to it. */
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

/** Remembered by name, since the names of fields are few; forgotten where somebody's data is full of names. */
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
