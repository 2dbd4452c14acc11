import { escapeHtml } from '../../../../model/reply.js'
import { cardOverflow, render } from '../../../../platforms/hipchat/render.js'
import { type Attribute, type NotificationCard, textLimit } from '../../../../platforms/hipchat/wire.js'
import { isHttpUrl } from '../../../../shared/url.js'
import type { PreviewField, PreviewPart } from '../../../../simulator/playground.js'
import { fromPlain } from '../markup.js'
import { type Encoder, listed, showJson } from './encoder.js'

/** HipChat: a notification. */
export const hipchat: Encoder = {
  service: 'HipChat',
  maxTextLength: textLimit,
  cardOverflow,
  callerId: '3297240',
  encode(reply, invocation) {
    const payload = render(reply, invocation, { roomId: '42' })
    const { message, message_format: format, card } = payload
    const text: PreviewPart = { kind: 'text', html: format === 'html' ? message : fromPlain(message) }
    return {
      way: 'POST /v2/room/42/notification',
      payload: showJson(payload),
      color: colors[payload.color],
      parts: card ? partsOf(card) : [text],
      isPrivate: false,
    }
  },
}

function partsOf({ title, url, icon, description, thumbnail, attributes }: NotificationCard): readonly PreviewPart[] {
  return [
    ...listed<PreviewPart>(icon && { kind: 'image', url: icon.url, isSmall: true }),
    { kind: 'text', html: linkTo(url, title), isTitle: true },
    ...listed<PreviewPart>(description && { kind: 'text', html: fromPlain(description.value) }),
    ...listed<PreviewPart>(attributes && { kind: 'fields', fields: attributes.map(toField) }),
    ...listed<PreviewPart>(thumbnail && { kind: 'image', url: thumbnail.url }),
  ]
}

function toField({ label = '', value }: Attribute): PreviewField {
  const color = lozenges[value.style ?? '']
  return { label, html: linkTo(value.url, value.label), ...(color ? { color } : {}) }
}

function linkTo(url: string | undefined, text: string): string {
  return isHttpUrl(url) ? `<a href="${escapeHtml(url)}">${escapeHtml(text)}</a>` : escapeHtml(text)
}

/** What a lozenge's colour means; that of a neutral one is the text's. */
const lozenges: Readonly<Record<string, string>> = {
  'lozenge-complete': '#8250df',
  'lozenge-success': '#2f9e44',
  'lozenge-current': '#e0b100',
  'lozenge-error': '#d6382c',
}

const colors = { gray: '#8896a3', purple: '#8250df', green: '#2f9e44', yellow: '#e0b100', red: '#d6382c' } as const
