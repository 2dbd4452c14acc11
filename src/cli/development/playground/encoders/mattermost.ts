import { createButtons } from '../../../../platforms/mattermost/buttons.js'
import { render } from '../../../../platforms/mattermost/render.js'
import { type Attachment, textLimit } from '../../../../platforms/mattermost/wire.js'
import { readText } from '../../../../shared/json.js'
import { isHttpUrl } from '../../../../shared/url.js'
import type { PreviewPart } from '../../../../simulator/playground.js'
import { fromMattermost, fromPlain } from '../markup.js'
import { type Encoder, listed, showJson } from './encoder.js'

/** Where it would be posted: the ids are made up, and so is the token that buttons are signed with. */
const place = { teamId: 'kh1sq5xrqjyp5fhnwc9wyyrmya', channelId: 'zbdy1aqrgjfnmkfr7ujk9b7n4c' }
const buttons = createButtons('preview', 'https://bot.example.com')

/** Mattermost: a post of the bot account's. */
export const mattermost: Encoder = {
  service: 'Mattermost',
  maxTextLength: textLimit,
  callerId: 'w1kq9cixqbn5fkq3ep9x6m7k8h',
  encode(reply, invocation) {
    const isPrivate = reply.audience === 'caller'
    const head = isPrivate ? { user_id: invocation.user.id } : {}
    if (reply.kind === 'file' && reply.content !== '') {
      const { name, content, text } = reply
      const message = text ?? ''
      return {
        way: 'POST /api/v4/posts',
        payload: showJson({ channel_id: place.channelId, message, file_ids: ['qcn8g1p5ipfjimopxoxxstzkqe'] }),
        parts: [
          ...listed<PreviewPart>(message ? { kind: 'text', html: fromPlain(message) } : undefined),
          { kind: 'file', name, bytes: Buffer.from(content, 'base64').length },
        ],
        isPrivate,
      }
    }
    const { message, attachments } = render(reply, buttons.pressIn(place, invocation.at), invocation.notification)
    const post = { channel_id: place.channelId, message, ...(attachments.length > 0 ? { props: { attachments } } : {}) }
    const color = attachments[0]?.color
    return {
      way: isPrivate ? 'POST /api/v4/posts/ephemeral' : 'POST /api/v4/posts',
      payload: showJson(isPrivate ? { ...head, post } : post),
      parts: [
        ...listed<PreviewPart>(message ? { kind: 'text', html: fromMattermost(message) } : undefined),
        ...attachments.flatMap(partsOf),
      ],
      isPrivate,
      ...(color ? { color } : {}),
    }
  },
}

function partsOf(attachment: Attachment): readonly PreviewPart[] {
  const { title, title_link: link, text, fields, actions, thumb_url: thumb, image_url: image } = attachment
  return [
    ...listed<PreviewPart>(thumb ? { kind: 'image', url: thumb, isSmall: true } : undefined),
    ...listed<PreviewPart>(title ? { kind: 'text', html: titleOf(title, link), isTitle: true } : undefined),
    ...listed<PreviewPart>(text ? { kind: 'text', html: fromMattermost(text) } : undefined),
    ...listed<PreviewPart>(
      fields && {
        kind: 'fields',
        fields: fields.map((one) => ({ label: one.title, html: fromMattermost(one.value) })),
      },
    ),
    ...listed<PreviewPart>(image ? { kind: 'image', url: image } : undefined),
    ...listed<PreviewPart>(
      actions && {
        kind: 'buttons',
        buttons: actions.map(({ name, integration }) => {
          const command = readText(integration.context['line'])
          return { label: name, ...(command ? { command } : {}) }
        }),
      },
    ),
  ]
}

function titleOf(title: string, link: string | undefined): string {
  if (!isHttpUrl(link)) return fromMattermost(title)
  return `<a href="${fromPlain(link)}">${fromPlain(title)}</a>`
}
