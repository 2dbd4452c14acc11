import { UsageError } from '../../../model/errors.js'
import type { Card, CardField, Tone } from '../../../model/reply.js'
import { shorten } from '../../../shared/text.js'
import type { Notification, WireFormat } from '../wire-format.js'

/**
 * A Teams workflow that posts what it receives. The older incoming webhooks take the same format.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
 */
export const teams: WireFormat = {
  service: 'Teams',
  maxTextLength: 4_000, // a message may have 28 kB, and one character takes up to six bytes
  takesToken: false,
  exceptions: {
    service: 'Teams',
    retried: [412, 500, 502, 503, 504],
    limited: [429],
    /** The old webhooks report some failures with status 200. */
    codeOf: ({ body }) => Number(/HTTP error (\d{3})/.exec(body.toString())?.[1]) || undefined,
  },
  address(to, room) {
    if (room !== undefined) throw new UsageError('a Teams webhook posts to its own channel: leave out the room.')
    return to.href
  },
  body: (notification) => ({
    type: 'message',
    attachments: [
      { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: draw(notification) },
    ],
  }),
  /** A workflow's 202 may have any body; the old webhooks answer `1`. */
  confirms: ({ status, body }) => status === 202 || /^1?$/.test(body.toString().trim()),
}

/** An Adaptive Card. https://adaptivecards.microsoft.com/?topic=AdaptiveCard */
function draw(notification: Notification): object {
  const shown: Partial<Card> = notification.kind === 'card' ? notification.card : { text: notification.text }
  const { title, text, url, fields = [] } = shown
  const color = colors[notification.tone ?? 'neutral']
  const body = [
    ...(title ? [{ ...block(title, 250), weight: 'Bolder', size: 'Medium', color }] : []),
    ...(text ? [{ ...block(text, 2 * text.length), ...(title ? {} : { color }) }] : []),
    ...(fields.length > 0 ? [{ type: 'FactSet', facts: drawFields(fields) }] : []),
  ]
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body,
    ...(url ? { actions: [{ type: 'Action.OpenUrl', title: shorten(title || url, 60), url }] } : {}),
  }
}

function block(text: string, limit: number) {
  return { type: 'TextBlock', text: escapeMarkdown(shorten(text, limit)), wrap: true }
}

/** They share the space that the text leaves. */
function drawFields(fields: readonly CardField[]) {
  const share = Math.min(500, Math.floor(2_500 / fields.length))
  return fields.map(({ label, value }) => ({
    title: escapeMarkdown(shorten(label, 50)),
    value: escapeMarkdown(shorten(value, share)),
  }))
}

/** Escapes the Markdown that cards support; a single line end has no effect there. */
function escapeMarkdown(text: string): string {
  return text
    .replace(/[\\*_[\]`~]/g, '\\$&')
    .replace(/^([^\S\r\n\u2028\u2029]*)([-+#>])/gm, '$1\\$2')
    .replace(/^([^\S\r\n\u2028\u2029]*\d+)(?=[.)]\s)/gm, '$1\\')
    .replace(/\r?\n/g, '\n\n')
}

const colors: Readonly<Record<Tone, string>> = {
  neutral: 'Default',
  info: 'Accent',
  good: 'Good',
  warning: 'Warning',
  bad: 'Attention',
}
