import { splitReply } from '../../../delivery/split.js'
import type { Invocation } from '../../../model/invocation.js'
import { escapeHtml, type Reply, say } from '../../../model/reply.js'
import type { Ack, Verified } from '../../platform.js'
import { render } from '../render.js'
import { type Notification, type Payload, textLimit } from '../wire.js'
import { decode } from './decode.js'

/** The ack with all replies of a call as one notification; undefined if it is too long and can be delivered later. */
export function showAnswer(replies: readonly Reply[], verified: Verified): Ack | undefined {
  const { invocation } = decode(verified as Verified<Payload>) // its own verify made it
  if (!invocation || replies.length === 0) return { status: 204 }
  const joined = join(latest(replies), invocation)
  if (joined.message.length <= textLimit) return toAck(joined)
  return hasAddress(verified) ? undefined : toAck({ ...joined, message: beginningOf(joined) })
}

/** The ack of a call that takes longer. */
export function lateAnswer(verified: Verified): Ack {
  const message = `It takes longer; its result ${hasAddress(verified) ? 'follows' : 'cannot be shown here'}.`
  return toAck({ message, message_format: 'text', color: 'gray', notify: false })
}

function hasAddress({ installation }: Verified): boolean {
  return installation.details['hasAddress'] === true
}

function toAck(notification: Notification): Ack {
  return { status: 200, body: { ...notification } }
}

/** Of progress updates, only the last is shown. */
function latest(replies: readonly Reply[]): readonly Reply[] {
  return replies.filter(
    ({ updateKey }, index) =>
      updateKey === undefined || replies.findLastIndex((other) => other.updateKey === updateKey) === index,
  )
}

/** A card hides the message next to it, so among several replies it is shown as text. */
function join(replies: readonly Reply[], invocation: Invocation): Notification {
  const rendered = replies.map((reply) => render(reply, invocation, { roomId: invocation.room.id }))
  const [only, ...others] = rendered
  if (only && others.length === 0) return only
  const message_format = rendered.some((one) => one.message_format === 'html') ? 'html' : 'text'
  const message =
    message_format === 'html' ? rendered.map(toHtml).join('<br>') : rendered.map(({ message }) => message).join('\n')
  const color = rendered.findLast((one) => one.color !== 'gray')?.color ?? 'gray'
  return { message, message_format, color, notify: rendered.some(({ notify }) => notify) }
}

function toHtml({ message, message_format }: Notification): string {
  return message_format === 'html' ? message : escapeHtml(message).replaceAll('\n', '<br>')
}

function beginningOf({ message, message_format: format }: Notification): string {
  const note = format === 'html' ? `<br>${rest}` : `\n${rest}`
  const [first] = splitReply(say(message, { format }), textLimit - note.length)
  return `${first?.kind === 'text' ? first.text : ''}${note}`
}

const rest = '(The rest has no room here.)'
