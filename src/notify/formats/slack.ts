import type { Endpoint, Notifier, Refusal, SenderAnswer, SenderRequest } from '../endpoint.js'
import type { RefusalReason } from '../refusal.js'
import { authenticate } from './authenticate.js'
import { invalid, readLabel, readString } from './members.js'
import { type Fields, readBody, readJson } from './request-fields.js'
import { addAttachments } from './slack/attachments.js'
import { addBlocks } from './slack/blocks.js'
import { addTexts, emptyDraft, isSilent, type SlackDraft, toReply } from './slack/draft.js'
import { toPost } from './to-post.js'

/** Slack's incoming-webhook format, at an address that ends in the token. */
export const slackFormat: readonly Endpoint[] = [
  { methods: ['POST'], path: '/services/:token', enter: notify, refuse },
  { methods: ['POST'], path: '/services/*rest', enter: notify, refuse },
]

async function notify(
  request: SenderRequest,
  { token, rest = '' }: Readonly<Record<string, string>>,
  notifier: Notifier,
): Promise<SenderAnswer> {
  const given = token ?? rest.split('/').at(-1) ?? ''
  const { sender, headers, content: message } = await authenticate(request, notifier, read, given)
  const style = { from: readString(message, 'username') }
  const reply = toReply(toDraft(message), style, sender.mentions ? '@' : '＠')
  const post = toPost(request, message, sender, { room: readLabel(message, 'channel'), reply })
  const { id } = await notifier.post(sender, post)
  return say(200, 'ok', { ...headers, 'slashroom-notification': id })
}

/** A message in JSON, or in a form's `payload`. */
async function read(request: SenderRequest): Promise<{ readonly content: Fields; readonly fields: Fields }> {
  const { kind, fields } = await readBody(request)
  const payload = kind === 'json' ? undefined : fields['payload']
  const content = typeof payload === 'string' ? readJson(payload) : fields
  const isMessage = content !== undefined && (kind === 'json' || content !== fields || 'text' in content)
  return isMessage ? { content, fields } : invalid('The body must be JSON, or a form with JSON in its payload.')
}

/** With blocks, `text` is only a fallback for those who cannot show them. */
function toDraft(message: Fields): SlackDraft {
  const draft = emptyDraft()
  addBlocks(draft, message)
  const text = readLabel(message, 'text')
  if (text !== undefined && isSilent(draft)) {
    addTexts(draft, { source: text.trimEnd(), style: message['mrkdwn'] === false ? 'marks' : 'signs' })
  }
  addAttachments(draft, message)
  return draft
}

function refuse({ status, reason, message, headers = {} }: Refusal): SenderAnswer {
  const [code, word] = words[reason] ?? [status, message]
  return say(code, word ?? message, { ...headers, ...retryAfter(code, headers) })
}

/** A refusal in Slack's words if it has any for the case. */
const words: Readonly<Partial<Record<RefusalReason, readonly [status: number, word?: string]>>> = {
  'invalid-payload': [400, 'invalid_payload'],
  'no-text': [400, 'no_text'],
  'invalid-token': [403, 'invalid_token'],
  'room-not-allowed': [403, 'action_prohibited'],
  'not-allowed': [403, 'action_prohibited'],
  'unknown-room': [404, 'channel_not_found'],
  'rate-limited': [429, 'rate_limited'],
}

/** Senders read the wait from this header. */
function retryAfter(status: number, headers: Refusal['headers']): Readonly<Record<string, string>> {
  const known = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  if (status !== 429 || known.has('retry-after')) return {}
  const left = Number(known.get('x-ratelimit-reset')) - Date.now() / 1_000
  return { 'retry-after': String(left > 0 ? Math.ceil(left) : 1) }
}

function say(status: number, body: string, headers: Readonly<Record<string, string>>): SenderAnswer {
  return { status, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body }
}
