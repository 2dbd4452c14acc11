import type { HookEvent } from '../../model/hook.js'
import { RefusedError } from '../refusal.js'

/** Parses a delivery; the hook judges its shape. Throws RefusedError for invalid JSON. */
export function parseEvent(body: Buffer, contentType = ''): HookEvent {
  return parseBody(body, contentType) as HookEvent // the author declares the type
}

/** JSON, a form as an object, anything else as text. A form's `payload` is the event itself, in JSON. */
function parseBody(body: Buffer, contentType: string): unknown {
  const text = body.toString().replace(/^\uFEFF/, '')
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (text.trim() === '') return {}
  if (/^application\/(?:.+\+)?json$/.test(type)) return parseJson(text)
  if (/^\s*[[{]/.test(text)) return parseJson(text) // `curl -d` labels everything a form
  return type === 'application/x-www-form-urlencoded' ? parseForm(new URLSearchParams(text)) : text
}

function parseForm(form: URLSearchParams): unknown {
  const payload = form.get('payload')
  if (payload !== null) return parseJson(payload)
  return Object.fromEntries([...form].filter(([name]) => name !== '__proto__'))
}

/** Drops `__proto__`: no sender means it, and it could become a prototype where the author merges the event. */
function parseJson(text: string): unknown {
  try {
    return mayHavePrototype.test(text) ? JSON.parse(text, withoutPrototype) : JSON.parse(text)
  } catch {
    throw new RefusedError('The body must be JSON.', 'invalid-payload') // also for nesting too deep to check
  }
}

/** Also with escaped letters. Visiting all members would take ten times as long as parsing. */
const mayHavePrototype = /__proto__|\\u00[567]/i

function withoutPrototype(name: string, value: unknown): unknown {
  return name === '__proto__' ? undefined : value
}
