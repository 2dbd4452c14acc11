import type { Installation } from '../../model/installation.js'
import type { Invocation, User } from '../../model/invocation.js'
import { shortHash } from '../../shared/crypto.js'
import { parseUrl } from '../../shared/url.js'
import type { Ack, DecodedRequest, Verified } from '../platform.js'
import {
  type Button,
  type Command,
  name,
  type Origin,
  type Payload,
  type Press,
  type ReplyTo,
  reachAll,
  type TypedPost,
} from './wire.js'

/** What decoding needs. */
export interface DecodeDeps {
  /** The server's address. */
  readonly url: string
}

/** Creates the decoder for typed commands and for the lines of pressed buttons. */
export function createDecode({ url }: DecodeDeps) {
  return ({ installation, payload, receivedAt }: Verified<Payload>): DecodedRequest => {
    const { trigger } = payload
    const asked = readAsked(payload, installation, url)
    if (!asked) return { ack }
    const { fallbackId, typedAt, ...said } = asked
    // Without a verified trigger_id, the id is derived from the request. For a post it is the post's id, because its text may be edited.
    const unsigned = payload.door === 'post' ? [payload.id] : [fallbackId, said.user.id, said.room.id, said.text]
    const call = trigger ? [trigger.signed] : unsigned
    return {
      ack,
      invocation: {
        id: shortHash(name, installation.id, ...call),
        platform: name,
        installation: installation.id,
        tenant: installation.tenant,
        ...said,
        at: trigger?.at ?? typedAt ?? receivedAt,
      },
    }
  }
}

/** An empty JSON object, because an empty text would be shown as an error. */
const ack: Ack = { status: 200, body: {} }

interface Asked extends Pick<Invocation, 'text' | 'room' | 'user' | 'mentions'> {
  readonly fallbackId: string
  /** Used if there is no trigger. */
  readonly typedAt?: number
  readonly replyTo: ReplyTo
}

function readAsked(payload: Payload, installation: Installation, url: string): Asked | undefined {
  switch (payload.door) {
    case 'command':
      return decodeCommand(payload.command, url)
    case 'action':
      return decodePress(payload.press, payload.button)
    case 'post':
      return decodePost(payload, installation)
  }
}

function decodeCommand(form: Command, url: string): Asked | undefined {
  const { command, team_id: teamId, channel_id: channelId, root_id: rootId } = form
  if (!command?.startsWith('/') || !teamId || !channelId) return undefined
  return {
    text: toLine(command, form.text ?? ''),
    room: { id: channelId, name: form.channel_name ?? channelId },
    user: toCaller(form),
    mentions: form.mentions.map(({ id, name }) => toUser(id, name)),
    fallbackId: form.fallbackId,
    replyTo: { teamId, channelId, ...(rootId ? { rootId } : {}), ...readHook(form.response_url, url) },
  }
}

/** `/slashroom help deploy` becomes `/help deploy`. */
function toLine(command: string, text: string): string {
  if (command === `/${reachAll}`) return `/${text.trim().replace(/^\//, '') || 'help'}`
  return text === '' ? command : `${command} ${text}`
}

/** The line comes only from the button's signed context, which `verify` has checked. */
function decodePress(press: Press, { line, teamId, channelId, rootId }: Button): Asked {
  return {
    text: line,
    room: { id: channelId, name: press.channel_name ?? channelId },
    user: toCaller(press),
    mentions: [],
    fallbackId: press.fallbackId,
    replyTo: { teamId, channelId, ...(rootId ? { rootId } : {}) },
  }
}

/** `verify` read the line and asked the server for its author. */
function decodePost(post: TypedPost, { id: teamId }: Installation): Asked {
  const { line, id, channelId, channelName, rootId, at, author, mentioned } = post
  const user = toCaller({ user_id: author.id, user_name: author.name })
  return {
    text: line,
    room: { id: channelId, name: channelName },
    user: author.isRemote ? { ...user, external: true } : user,
    mentions: mentioned.map((one) => toUser(one.id, one.name)),
    fallbackId: id,
    typedAt: at,
    replyTo: { teamId, channelId, ...(rootId ? { rootId } : {}) },
  }
}

/** User names are unique on a server, which vouches for them by the command's token or by a signed button. */
function toCaller({ user_id: id, user_name: handle }: Pick<Origin, 'user_id' | 'user_name'>): User {
  return id && handle ? { id, name: handle, mention: handle, handle } : toUser(id, handle)
}

function toUser(id: string | undefined, mention: string | undefined): User {
  return { id: id ?? 'unknown', name: mention ?? 'somebody', ...(mention ? { mention } : {}) }
}

/** Only the last part of a `response_url` is used, or its path on the server's own host, whatever it says. */
function readHook(responseUrl: string | undefined, url: string): Pick<ReplyTo, 'hookId' | 'hookPath'> {
  const hookId = /\/hooks\/commands\/([\w-]{1,64})$/.exec(responseUrl ?? '')?.[1]
  if (hookId) return { hookId }
  const given = parseUrl(responseUrl ?? '')
  return given && given.origin === new URL(url).origin ? { hookPath: given.pathname + given.search } : {}
}
