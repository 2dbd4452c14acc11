import type { Installation } from '../../../model/installation.js'
import { hasCaller, type Invocation } from '../../../model/invocation.js'
import type { Reply } from '../../../model/reply.js'
import { RouteUnavailableError } from '../web-api.js'
import type { ReplyTo } from '../wire.js'
import type { Message } from '../wire-message.js'
import type { WorkspaceApi } from '../workspace-api.js'
import type { MessageIds } from './message-ids.js'
import type { ResponseUrl } from './response-url.js'
import type { Upload } from './upload.js'

/** One reply to deliver. */
export interface RoutedReply {
  readonly reply: Reply
  readonly invocation: Invocation
  readonly installation: Installation
  readonly replyTo: ReplyTo
}

/** Shows a reply. Throws DeliveryError; if it is not to be retried, other routes may work. */
export type DeliveryRoute = (routed: RoutedReply, message: Message) => Promise<void>

/** The routes to a room and to the caller. */
export interface DeliveryRoutes {
  /** Through the response_url, if it is valid and `spare` posts are left afterwards. */
  byResponseUrl(spare: number): DeliveryRoute
  /** The bot posts in the room. */
  readonly toRoom: DeliveryRoute
  /** The bot shows it in the room, only to the caller. */
  readonly ephemeral: DeliveryRoute
  /** The bot sends the caller a direct message; anyone who can call it can get one. */
  readonly toCaller: DeliveryRoute
  /** Replaces the bot's message under the reply's name. */
  readonly inPlace: DeliveryRoute
  /** The bot uploads a file to the room. */
  readonly asFile: DeliveryRoute
}

/** What the routes need. */
export interface DeliveryRoutesDeps {
  readonly api: WorkspaceApi
  readonly responseUrl: ResponseUrl
  readonly messageIds: MessageIds
  readonly upload: Upload
}

/** Creates the routes. */
export function createDeliveryRoutes({ api, responseUrl, messageIds, upload }: DeliveryRoutesDeps): DeliveryRoutes {
  function byResponseUrl(spare: number): DeliveryRoute {
    return async ({ invocation, replyTo, reply }, { text, mrkdwn, blocks, attachments }) => {
      const { responseUrl: url, threadTs: thread_ts } = replyTo
      if (!url) throw new RouteUnavailableError('there is no response_url')
      const response_type = reply.audience === 'caller' ? 'ephemeral' : 'in_channel'
      const replace_original = false
      // Written out, because V8 keeps objects made by spreading for long.
      const message = { response_type, replace_original, thread_ts, text, mrkdwn, blocks, attachments } as const
      await responseUrl.post(url, invocation, message, spare)
    }
  }

  async function toRoom({ installation, invocation, replyTo, reply }: RoutedReply, message: Message): Promise<void> {
    const args = { channel: replyTo.channelId, ...inThread(replyTo), ...message }
    const answer = await api(installation, 'chat.postMessage', args)
    if (reply.updateKey) await messageIds.note(invocation, reply.updateKey, answer)
  }

  async function ephemeral({ installation, invocation, replyTo }: RoutedReply, message: Message): Promise<void> {
    if (!hasCaller(invocation)) throw new RouteUnavailableError('nobody asked')
    const args = { channel: replyTo.channelId, user: replyTo.userId, ...inThread(replyTo), ...message }
    await api(installation, 'chat.postEphemeral', args)
  }

  async function toCaller({ installation, invocation, replyTo }: RoutedReply, message: Message): Promise<void> {
    // A channel may have the name that stands for a caller.
    if (!hasCaller(invocation)) throw new RouteUnavailableError('nobody asked')
    const text = `(<#${replyTo.channelId}>) ${message.text ?? ''}`.trim()
    await api(installation, 'chat.postMessage', { channel: replyTo.userId, ...message, text })
  }

  async function inPlace(routed: RoutedReply, { text = '', blocks = [], attachments = [] }: Message): Promise<void> {
    const { installation, invocation, replyTo, reply } = routed
    const posted = await messageIds.find(invocation, reply.updateKey ?? '')
    if (!posted) throw new RouteUnavailableError('there is nothing to replace')
    // Omitted members would stay as they were, and in edits the service parses text unless told not to.
    const { ts, channel = replyTo.channelId } = posted
    const args = { channel, ts, text, blocks, attachments, parse: 'none' }
    await api(installation, 'chat.update', args)
  }

  async function asFile({ reply, installation, replyTo }: RoutedReply): Promise<void> {
    if (reply.kind !== 'file') throw new RouteUnavailableError('it is not a file')
    await upload(installation, reply, replyTo)
  }

  return { byResponseUrl, toRoom, ephemeral, toCaller, inPlace, asFile }
}

function inThread({ threadTs }: ReplyTo): { readonly thread_ts?: string } {
  return threadTs ? { thread_ts: threadTs } : {}
}
