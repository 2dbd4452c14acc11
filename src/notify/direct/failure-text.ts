import type { HttpResponse } from '../../net/http-client.js'
import { asRecord, parseObject, readText } from '../../shared/json.js'
import { toPrintable } from '../../shared/printable.js'
import { shorten } from '../../shared/text.js'
import { parseUrl } from '../../shared/url.js'

/** A short text from an unsuccessful response, without secrets. */
export function failureText(service: string, response: HttpResponse, secrets: readonly string[]): string {
  const { status, headers } = response
  const said = status >= 300 && status < 400 ? leadsTo(headers['location']) : messageIn(response.body.toString('utf8'))
  const line = shorten(withoutSecrets(toPrintable(said), secrets).trim().replace(/\.$/, ''), 200)
  return `${service} answered ${status}${line === '' ? '' : `: ${line}`}`
}

function leadsTo(location = ''): string {
  const url = parseUrl(location)
  return url ? `it is at ${url.origin} now` : ''
}

/** The member with the message in a JSON body; HTML pages are ignored. */
function messageIn(body: string): string {
  const { error, message, detail, title } = parseObject(body) ?? { message: /^\s*</.test(body) ? '' : body }
  const texts = [asRecord(error)['message'], message, detail, error, title]
  return texts.map(readText).find((text) => text !== undefined) ?? ''
}

/** Services may echo the request. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text)
}
