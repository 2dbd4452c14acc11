import { readButton } from '../../../../platforms/discord/buttons.js'
import { drawCard } from '../../../../platforms/discord/embed.js'
import { render } from '../../../../platforms/discord/render.js'
import { type Embed, ephemeral, type Row, textLimit } from '../../../../platforms/discord/wire.js'
import type { PreviewPart } from '../../../../simulator/playground.js'
import { fromDiscord } from '../markup.js'
import { type Encoder, listed, showJson } from './encoder.js'

/** Discord: a message that follows an interaction. */
export const discord: Encoder = {
  service: 'Discord',
  maxTextLength: textLimit,
  cardOverflow: (card) => drawCard(card).left,
  callerId: '80351110224678912',
  encode(reply, invocation) {
    const { message, file } = render(reply, invocation)
    const isPrivate = reply.audience === 'caller'
    const color = message.embeds[0]?.color
    return {
      way: file ? 'POST /webhooks/… (multipart, with the file)' : 'POST /webhooks/…',
      payload: showJson(isPrivate ? { ...message, flags: ephemeral } : message),
      parts: [
        ...listed<PreviewPart>(message.content ? { kind: 'text', html: fromDiscord(message.content) } : undefined),
        ...message.embeds.flatMap(partsOf),
        ...message.components.map(toButtons),
        ...listed<PreviewPart>(file && { kind: 'file', name: file.name, bytes: file.bytes.length }),
      ],
      isPrivate,
      ...(color === undefined ? {} : { color: `#${color.toString(16).padStart(6, '0')}` }),
    }
  },
}

function partsOf({ title, url, description, thumbnail, fields, image }: Embed): readonly PreviewPart[] {
  return [
    ...listed<PreviewPart>(thumbnail && { kind: 'image', url: thumbnail.url, isSmall: true }),
    ...listed<PreviewPart>(
      title
        ? { kind: 'text', html: url ? fromDiscord(`[${title}](${url})`) : fromDiscord(title), isTitle: true }
        : undefined,
    ),
    ...listed<PreviewPart>(description ? { kind: 'text', html: fromDiscord(description) } : undefined),
    ...listed<PreviewPart>(fields && { kind: 'fields', fields: fields.map(toField) }),
    ...listed<PreviewPart>(image && { kind: 'image', url: image.url }),
  ]
}

/** A label is Markdown too, of which nothing is left but its escapes. */
function toField({ name, value }: NonNullable<Embed['fields']>[number]) {
  return { label: name.replace(/\\([^\p{L}\p{N}\s])/gu, '$1'), html: fromDiscord(value) }
}

function toButtons({ components }: Row): PreviewPart {
  const buttons = components.map(({ label, custom_id: id, url }) => {
    const command = readButton(id)
    return { label, ...(command ? { command } : {}), ...(url ? { url } : {}) }
  })
  return { kind: 'buttons', buttons }
}
