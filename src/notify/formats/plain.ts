import type { CardButton, CardField, Reply, Tone } from '../../model/reply.js'
import { ownOnly } from '../../shared/own-properties.js'
import type { Endpoint, Notifier, SenderAnswer, SenderRequest } from '../endpoint.js'
import { RefusedError } from '../refusal.js'
import { authenticate, readToken } from './authenticate.js'
import { draftReply } from './card-draft.js'
import { invalid, present, readFlag, readLabel, readScalar, readString, readUrl } from './members.js'
import { problem } from './problem.js'
import { asFields, type Fields, readBody, readQuery } from './request-fields.js'
import { toPost } from './to-post.js'

/** Plain text, or JSON as for `card()`: the format for new senders. */
export const plainFormat: readonly Endpoint[] = [
  { methods: ['POST'], path: '/notify', enter: notify, refuse: problem },
  { methods: ['POST'], path: '/notify/*room', enter: notify, refuse: problem },
  { methods: ['GET'], path: '/notify/receipts/:id', enter: showReceipt, refuse: problem },
]

async function notify(
  request: SenderRequest,
  { room }: Readonly<Record<string, string>>,
  notifier: Notifier,
): Promise<SenderAnswer> {
  const { sender, headers, content } = await authenticate(request, notifier, read, tokenOf(request))
  const post = toPost(request, content, sender, { room, reply: toReply(content) })
  const { id } = await notifier.post(sender, post)
  return json(202, { id }, { ...headers, 'slashroom-notification': id })
}

async function showReceipt(
  request: SenderRequest,
  { id = '' }: Readonly<Record<string, string>>,
  notifier: Notifier,
): Promise<SenderAnswer> {
  const { sender, headers } = await notifier.authenticate(tokenOf(request))
  const receipt = await notifier.findReceipt(sender, id)
  if (!receipt) return problem({ status: 404, message: 'This token has no such notification.', headers })
  return json(200, receipt, { ...headers, 'slashroom-notification': receipt.id })
}

function tokenOf(request: SenderRequest): string | undefined {
  return readToken(request, ['token', 'auth_token'])
}

function json(status: number, content: unknown, headers: Readonly<Record<string, string>>): SenderAnswer {
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(content) }
}

/** A form without a `text` field is taken for plain text, because `curl -d` labels everything a form. */
async function read(request: SenderRequest): Promise<{ readonly content: Fields; readonly fields: Fields }> {
  const { kind, text, fields } = await readBody(request)
  const isForm = kind === 'form' && (text.trim() === '' || formNames.some((name) => name in fields))
  if (kind !== 'json' && !isForm) return { content: { text: text.trimEnd() }, fields: {} }
  return { content: ownOnly({ ...readQuery(request.query), ...fields }), fields }
}

const formNames = ['text', 'title', 'auth_token', 'token']

function toReply(fields: Fields): Reply {
  const draft = {
    title: readString(fields, 'title'),
    text: readString(fields, 'text'),
    url: readUrl(fields, 'url'),
    icon: readUrl(fields, 'icon'),
    image: readUrl(fields, 'image'),
    fields: readList(fields, 'fields', readField),
    buttons: readList(fields, 'buttons', readButton),
  }
  if (!`${draft.title ?? ''}${draft.text ?? ''}`.trim()) {
    throw new RefusedError('A text or a title is required.', 'no-text')
  }
  return draftReply(draft, {
    tone: readTone(fields),
    notify: readFlag(fields, 'notify'),
    from: readString(fields, 'from'),
  })
}

function readList<Item>(fields: Fields, name: string, read: (item: Fields, label: string) => Item): readonly Item[] {
  const list = fields[name] ?? []
  if (!Array.isArray(list)) return invalid(`${name} must be a list.`)
  return list.map((item: unknown, at) => {
    const label = `${name}[${at}]`
    return read(asFields(item) ?? invalid(`${label} must be an object.`), label)
  })
}

function readField(field: Fields, at: string): CardField {
  return {
    label: readLabel(field, 'label', `${at}.label`) ?? '',
    value: readScalar(field, 'value', `${at}.value`) ?? invalid(`${at}.value is missing.`),
    ...present({ url: readUrl(field, 'url', `${at}.url`), tone: readTone(field, at) }),
  }
}

function readButton(button: Fields, at: string): CardButton {
  const command = readString(button, 'command', `${at}.command`)
  const url = readUrl(button, 'url', `${at}.url`)
  if (command === undefined && url === undefined) return invalid(`${at} must have a command or a url.`)
  const label = readString(button, 'label', `${at}.label`) ?? invalid(`${at}.label is missing.`)
  return { label, ...present({ command, url, tone: readTone(button, at) }) }
}

function readTone(fields: Fields, at = ''): Tone | undefined {
  const tone = readString(fields, 'tone', at ? `${at}.tone` : 'tone')
  if (tone === undefined) return undefined
  return tones.find((one) => one === tone) ?? invalid(`tone must be one of ${tones.join(', ')}.`)
}

const tones: readonly Tone[] = ['neutral', 'info', 'good', 'warning', 'bad']
