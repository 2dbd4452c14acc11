import { UsageError } from '../../../model/errors.js'
import type { Card, CardField } from '../../../model/reply.js'
import { retryExceptions } from '../../../platforms/hipchat/retry-exceptions.js'
import { textLimit } from '../../../platforms/hipchat/wire.js'
import { shortHash } from '../../../shared/crypto.js'
import { createMentionGuard } from '../../../shared/mention-guard.js'
import { shorten } from '../../../shared/text.js'
import type { Notification, WireFormat } from '../wire-format.js'

/** HipChat's notification API, version 2, and compatible servers. */
export const hipchat: WireFormat = {
  service: 'the server',
  maxTextLength: textLimit,
  takesToken: true,
  exceptions: { service: 'the server', waitOf: (response) => retryExceptions.waitOf?.(response) },
  address(to, room) {
    const [, base = '', named] =
      /^(.*?)(?:\/v2(?:\/room(?:\/([^/]+)(?:\/notification)?)?)?)?\/*$/.exec(to.pathname) ?? []
    if (room !== undefined && named !== undefined)
      throw new UsageError('the address already contains a room: leave out the room.')
    const path = room === undefined ? named : encodeURIComponent(room)
    if (path === undefined) throw new UsageError('the room is missing: a HipChat server needs one.')
    return `${to.origin}${base}/v2/room/${path}/notification`
  },
  body(notification, { from, notify = false }) {
    const quiet = notify ? (text: string) => text : guard
    return {
      message: shorten(quiet(say(notification)), textLimit),
      message_format: 'text',
      color: colors[notification.tone ?? 'neutral'],
      notify,
      ...(from === undefined ? {} : { from: shorten(from, 64) }),
      ...(notification.kind === 'card' ? { card: drawCard(notification.card, quiet) } : {}),
    }
  },
  confirms: () => true, // 204 without a body
}

const guard = createMentionGuard(['all', 'here'])

/** Shown by clients without card support. */
function say(notification: Notification): string {
  if (notification.kind === 'text') return notification.text
  const { title, url, text, fields = [] } = notification.card
  const lines = [url ? `${title} ${url}` : title, text, ...fields.map(({ label, value }) => `${label}: ${value}`)]
  return lines.filter(Boolean).join('\n')
}

function drawCard(card: Card, quiet: (text: string) => string): object {
  const { title, url, text, fields = [] } = card
  return {
    style: 'application',
    format: 'medium',
    id: shortHash(JSON.stringify(card)),
    title: shorten(quiet(title), 500),
    ...(url ? { url } : {}),
    ...(text ? { description: { format: 'text', value: shorten(quiet(text), 1_000) } } : {}),
    ...(fields.length > 0 ? { attributes: fields.slice(0, 10).map((field) => drawField(field, quiet)) } : {}),
  }
}

function drawField({ label, value }: CardField, quiet: (text: string) => string): object {
  return { label: shorten(quiet(label), 50), value: { label: quiet(value) } }
}

const colors = { neutral: 'gray', info: 'purple', good: 'green', warning: 'yellow', bad: 'red' } as const
