import { drawCard } from '../../../../platforms/teams/card/adaptive-card.js'
import { readButton } from '../../../../platforms/teams/card/buttons.js'
import { render } from '../../../../platforms/teams/render.js'
import { type Attachment, type CardElement, type TextRun, textLimit } from '../../../../platforms/teams/wire.js'
import type { PreviewPart } from '../../../../simulator/playground.js'
import { fromPlain } from '../markup.js'
import { type Encoder, listed, showJson } from './encoder.js'

/** Microsoft Teams: a message of the Bot Framework's. */
export const teams: Encoder = {
  service: 'Teams',
  maxTextLength: textLimit,
  cardOverflow: (card) => drawCard(card).left,
  callerId: '29:1XJKJMvc5GBtc2JwZq0oj8tHZmzrQgmB39ATiQWA85gQ',
  encode(reply, invocation) {
    const { id } = invocation.user
    const isPrivate = reply.audience === 'caller'
    const message = render(reply, invocation, id)
    const [attachment] = message.attachments ?? []
    const color = attachment && colorOf(attachment)
    return {
      way: `POST /v3/conversations/…/activities${isPrivate ? '?isTargetedActivity=true' : ''}`,
      payload: showJson(isPrivate ? { ...message, recipient: { id } } : message),
      parts: [
        ...listed<PreviewPart>(message.text ? { kind: 'text', html: message.text } : undefined),
        ...listed(attachment).flatMap(partsOf),
      ],
      isPrivate,
      ...(color ? { color } : {}),
    }
  },
}

function partsOf({ content, contentUrl, name = '' }: Attachment): readonly PreviewPart[] {
  if (content) return content.body.flatMap(partsOfElement)
  return contentUrl
    ? [
        { kind: 'image', url: contentUrl },
        { kind: 'plain', text: name },
      ]
    : []
}

function partsOfElement(element: CardElement): readonly PreviewPart[] {
  if (element.type === 'Container') return joined(element.items.flatMap(partsOfElement))
  if (element.type === 'ColumnSet') return element.columns.flatMap(({ items }) => items.flatMap(partsOfElement))
  if (element.type === 'Image') return [{ kind: 'image', url: element.url, ...(element.size ? { isSmall: true } : {}) }]
  if (element.type === 'RichTextBlock') {
    const isTitle = element.inlines.some(({ size }) => size === 'Large')
    return [{ kind: 'text', html: element.inlines.map(showRun).join(''), ...(isTitle ? { isTitle } : {}) }]
  }
  const buttons = element.actions.map((action) => {
    if (action.type === 'Action.OpenUrl') return { label: action.title, url: action.url }
    const command = readButton(action.data)
    return { label: action.title, ...(command ? { command } : {}) }
  })
  return [{ kind: 'buttons', buttons }]
}

/** A text is a block for each of its lines, which stand close together. */
function joined(parts: readonly PreviewPart[]): readonly PreviewPart[] {
  const all: PreviewPart[] = []
  for (const part of parts) {
    const last = all.at(-1)
    const isLine = part.kind === 'text' && last?.kind === 'text' && !last.isTitle && !part.isTitle
    if (isLine) all[all.length - 1] = { kind: 'text', html: `${last.html}\n${part.html}` }
    else all.push(part)
  }
  return all
}

function showRun({ text, weight, selectAction }: TextRun): string {
  const shown = weight ? `<b>${fromPlain(text)}</b>` : fromPlain(text)
  return selectAction ? `<a href="${fromPlain(selectAction.url)}">${shown}</a>` : shown
}

function colorOf({ content }: Attachment): string | undefined {
  const [container] = content?.body ?? []
  return container?.type === 'Container' ? colors[container.style] : undefined
}

const colors = {
  default: '#8a8886',
  accent: '#5b5fc7',
  good: '#237b4b',
  warning: '#c27c0e',
  attention: '#c4314b',
} as const
