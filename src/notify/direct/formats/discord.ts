import { UsageError } from '../../../model/errors.js'
import type { HttpResponse } from '../../../net/http-client.js'
import { drawCard } from '../../../platforms/discord/embed.js'
import { escapeMarkdown, shortenMarkdown } from '../../../platforms/discord/markdown.js'
import { retryExceptions } from '../../../platforms/discord/retry-exceptions.js'
import { textLimit } from '../../../platforms/discord/wire.js'
import { toneEmoji } from '../../../platforms/rendering.js'
import { parseObject, readText } from '../../../shared/json.js'
import { shorten } from '../../../shared/text.js'
import type { Notification, WireFormat } from '../wire-format.js'

/** Discord's webhooks. https://discord.com/developers/docs/resources/webhook#execute-webhook */
export const discord: WireFormat = {
  service: 'Discord',
  maxTextLength: textLimit - 10, // the tone's emoji comes first
  takesToken: false,
  exceptions: retryExceptions,
  address(to, room) {
    if (room !== undefined) throw new UsageError('a Discord webhook posts to its own room: leave out the room.')
    const waiting = new URL(to)
    waiting.searchParams.set('wait', 'true') // otherwise 204 only means that the request was read
    return waiting.href
  },
  body: (notification, { from }) => ({
    ...draw(notification),
    allowed_mentions: { parse: [] },
    ...(from === undefined ? {} : { username: shorten(from, 80) }),
  }),
  confirms: (response) => response.status === 204 || idOf(response) !== undefined, // 204: a proxy dropped `wait`
  idOf,
}

/** Escaped text can exceed a message's limit; a description takes twice as much. */
function draw(notification: Notification): object {
  const { tone = 'neutral' } = notification
  if (notification.kind === 'card') return drawWhole(drawCard(notification.card, tone))
  const content = toneEmoji[tone] + escapeMarkdown(notification.text)
  return content.length <= textLimit ? { content } : { embeds: [{ description: content }] }
}

/** The part that does not fit the embed goes into the message. */
function drawWhole({ embed, left }: ReturnType<typeof drawCard>): object {
  return { embeds: [embed], ...(left ? { content: shortenMarkdown(escapeMarkdown(left), textLimit) } : {}) }
}

function idOf({ body }: HttpResponse): string | undefined {
  return readText(parseObject(body)?.['id'])
}
