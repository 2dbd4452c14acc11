import { isJsonPost, type Received, receive, require } from './receiver.js'

/** Slack's incoming webhooks, as strict as they are. */
export async function slackService() {
  const path = '/services/T00000000/B00000000/x0x0x0x0x0x0x0x0x0x0x0x0'
  const { url, received } = await receive((request) => {
    require(request.path === path, { status: 404, body: 'no_service' })
    require(isJsonPost(request), { status: 400, body: 'invalid_payload' })
    const { text, blocks, attachments } = request.body
    require(isFilled(text) || isFilled(blocks) || isFilled(attachments), { status: 400, body: 'no_text' })
    require(String(text ?? '').length <= 40_000, { status: 400, body: 'msg_too_long' })
    return { status: 200, body: 'ok' }
  })
  return { to: `${url}${path}`, url, received }
}

/** Mattermost's incoming webhooks, behind a path as some servers are. */
export async function mattermostService() {
  const path = '/chat/hooks/abcdefghijklmnopqrstuvwxyz'
  const { url, received } = await receive((request) => {
    if (request.path !== path) return { status: 200, body: '<!doctype html><title>Mattermost</title>' }
    const { text = '', attachments } = request.body
    const message = 'Unable to parse incoming data.'
    const empty = { status: 400, body: { id: 'web.incoming_webhook.text.app_error', message, status_code: 400 } }
    require(isJsonPost(request) && (isFilled(text) || isFilled(attachments)), empty)
    require(String(text).length <= 16_383, {
      status: 400,
      body: { id: 'too_long', message: 'too long', status_code: 400 },
    })
    return { status: 200, body: 'ok', headers: { 'content-type': 'text/plain' } }
  })
  return { to: `${url}${path}`, url, received }
}

/** Discord's webhooks, with the limits of its reference. */
export async function discordService() {
  const path = '/api/webhooks/1234567890/abcdefghijklmnop_qrstuvwxyz-0123456789'
  let id = 0
  const { url, received } = await receive((request) => {
    const { pathname, searchParams } = new URL(request.path, 'http://discord')
    require(pathname === path, { status: 404, body: { message: 'Unknown Webhook', code: 10015 } })
    require(isJsonPost(request) && fitsDiscord(request.body), {
      status: 400,
      body: { message: 'Invalid Form Body', code: 50035 },
    })
    return searchParams.get('wait') === 'true' ? { status: 200, body: { id: `msg${++id}` } } : { status: 204 }
  })
  return { to: `${url}${path}`, url, received }
}

function fitsDiscord({ content = '', embeds = [] }: Received['body']): boolean {
  const all = embeds as readonly Readonly<Record<string, unknown>>[]
  if (String(content).length > 2_000 || (content === '' && all.length === 0)) return false
  return all.every(({ title = '', description = '', fields = [] }) => {
    const pairs = (fields as readonly { readonly name: string; readonly value: string }[]).map((one) => [
      one.name,
      one.value,
    ])
    const sum = pairs
      .flat()
      .reduce((total, text) => total + text.length, String(title).length + String(description).length)
    const fit = pairs.every(([name = '', value = '']) => name && value && name.length <= 256 && value.length <= 1_024)
    return (
      String(title).length <= 256 && String(description).length <= 4_096 && pairs.length <= 25 && fit && sum <= 6_000
    )
  })
}

/** A workflow that posts to a channel of Teams. */
export async function teamsService() {
  const path = '/workflows/0123456789abcdef0123456789abcdef/triggers/manual/paths/invoke'
  const signature = 'sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=AbCdEfGhIjKlMnOpQrStUvWxYz0123456789'
  const { url, received } = await receive((request) => {
    require(request.path === `${path}?${signature}`, {
      status: 401,
      body: { error: { code: 'DirectApiAuthorizationRequired', message: `${request.path} is not signed.` } },
    })
    require(request.bytes <= 28 * 1_024, { status: 413 })
    const [attachment] = request.body['attachments'] as readonly Readonly<Record<string, unknown>>[]
    const isCard = attachment?.['contentType'] === 'application/vnd.microsoft.card.adaptive'
    require(isJsonPost(request) && request.body['type'] === 'message' && isCard, { status: 400 })
    return { status: 202 }
  })
  return { to: `${url}${path}?${signature}`, url, received }
}

/** The token that the bot below knows. */
export const botToken = 'tokenOfTheBuildServer0123456789abcdefghij'

/** A bot's `POST /notify/{room}`: takes each Idempotency-Key once. */
export async function botService() {
  const posted = new Map<string, { readonly id: string; readonly body: Received['body'] }>()
  const { url, received } = await receive((request) => {
    require(request.headers.authorization === `Bearer ${botToken}`, {
      status: 401,
      body: { title: 'Unauthorized', detail: `there is no token ${request.headers.authorization}`, status: 401 },
    })
    require(/^\/notify(?:\/(?:ops|all%20hands|%23ops))?$/.test(request.path), {
      status: 404,
      body: { title: 'Not Found', detail: 'there is no such room', status: 404 },
    })
    const known = ['text', 'title', 'url', 'tone', 'fields', 'image', 'buttons', 'key']
    const odd = Object.keys(request.body).filter((name) => !known.includes(name))
    require(isJsonPost(request) && odd.length === 0, { status: 400, body: { title: 'Bad Request', status: 400 } })
    const key = String(request.headers['idempotency-key'])
    const post = posted.get(key) ?? { id: `n${posted.size + 1}`, body: request.body }
    posted.set(key, post)
    return { status: 202, body: { id: post.id }, headers: { 'slashroom-notification': post.id } }
  })
  return { to: url, url, received, posted: () => [...posted.values()].map(({ body }) => body) }
}

function isFilled(value: unknown): boolean {
  return (typeof value === 'string' || Array.isArray(value)) && value.length > 0
}
