import { parseJson } from '../../shared/json.js'
import { redact } from '../../shared/redact.js'
import { parseUrl } from '../../shared/url.js'
import type { Headers } from './exchange.js'

/** Masks credentials in a header, but keeps the scheme, and the owner if it is named. */
export function maskHeaders(headers: Headers): Headers {
  const { authorization, ...others } = headers
  const shown = redact(others) as Headers
  return authorization === undefined ? shown : { authorization: maskAuthorization(authorization), ...shown }
}

/** Masks secrets in a JSON or form body; anything else stays. */
export function maskBody(body: string): string {
  const json = parseJson(body)
  if (typeof json === 'object' && json !== null) {
    const shown = redact({ json })['json']
    return shown === json ? body : JSON.stringify(shown)
  }
  return /^[\w.%+-]+=/.test(body) ? maskForm(body) : body
}

/** Masks secrets in an address: some clients put tokens into the query, and a token's own address ends with it. */
export function maskUrl(url: string): string {
  const parsed = parseUrl(url)
  if (!parsed) return url
  const query = maskForm(parsed.search.slice(1))
  const path = parsed.pathname.replace(/^(\/v2\/oauth\/token\/).+/, `$1${hidden}`)
  return `${parsed.origin}${path}${query && `?${query}`}`
}

function maskForm(form: string): string {
  const fields = new URLSearchParams(form)
  const secret = [...fields.keys()].filter((name) => redact({ [name]: '' })[name] !== '' || name === 'code')
  if (secret.length === 0) return form
  for (const name of secret) fields.set(name, hidden)
  return fields.toString()
}

function maskAuthorization(value: string): string {
  const [scheme = '', credentials = ''] = value.split(/ +/, 2)
  if (!/^basic$/i.test(scheme)) return `${scheme} ${hidden}`
  const [id] = Buffer.from(credentials, 'base64').toString().split(':', 1)
  return `${scheme} ${id}:${hidden}`
}

const hidden = '[secret]'
