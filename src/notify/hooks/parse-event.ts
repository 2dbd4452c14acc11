import type { HookEvent } from '../../model/hook.js'
import { RefusedError } from '../refusal.js'

/** The event of a delivery, whose shape is for its hook to judge. Throws RefusedError for JSON that is none. */
export function parseEvent(body: Buffer, contentType = ''): HookEvent {
  return parseBody(body, contentType) as HookEvent // its author says what it is
}

/** JSON, a form as an object, anything else as text. A form's `payload` is the event itself, in JSON. */
function parseBody(body: Buffer, contentType: string): unknown {
  const text = body.toString().replace(/^\uFEFF/, '')
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (text.trim() === '') return {}
  if (/^application\/(?:.+\+)?json$/.test(type)) return parseJson(text)
  if (/^\s*[[{]/.test(text)) return parseJson(text) // `curl -d` calls all that it sends a form
  return type === 'application/x-www-form-urlencoded' ? parseForm(new URLSearchParams(text)) : text
}

function parseForm(form: URLSearchParams): unknown {
  const payload = form.get('payload')
  if (payload !== null) return parseJson(payload)
  return Object.fromEntries([...form].filter(([name]) => name !== '__proto__'))
}

/** Without any member `__proto__`: no sender means it, and what an author merges an event into would get it for a prototype. */
function parseJson(text: string): unknown {
  try {
    return mayHavePrototype.test(text) ? JSON.parse(text, withoutPrototype) : JSON.parse(text)
  } catch {
    throw new RefusedError('The body must be JSON.', 'invalid-payload') // what nests too deeply to be looked through, too
  }
}

/** Or any letter of it as an escape. Looking through all members takes ten times as long as parsing them. */
const mayHavePrototype = /__proto__|\\u00[567]/i

function withoutPrototype(name: string, value: unknown): unknown {
  return name === '__proto__' ? undefined : value
}
