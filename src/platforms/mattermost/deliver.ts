import { DeliveryError } from '../../model/errors.js'
import { hasCaller, type Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import { asRecord, readText } from '../../shared/json.js'
import { type ApiAnswer, isDone, toMattermostError } from './api.js'
import type { BotPosts, PostRoute } from './bot-posts.js'
import type { Buttons } from './buttons.js'
import { type Press, render } from './render.js'
import type { ResponseUrls } from './response-url.js'
import { type ReplyTo, readId } from './wire.js'

/** What delivering replies needs. */
export interface DeliverDeps {
  readonly responseUrls: ResponseUrls
  readonly buttons: Buttons | undefined
  /** The bot account's routes, if there is one. */
  readonly botPosts: BotPosts | undefined
}

/** Creates the delivery: by the best route available, or the next if the server refuses it. */
export function createDeliver({ responseUrls, buttons, botPosts }: DeliverDeps) {
  return async (reply: Reply, invocation: Invocation): Promise<void> => {
    if (reply.audience === 'caller' && !hasCaller(invocation)) throw new DeliveryError(nobodyAsked, over)
    const replyTo = decodeReplyTo(invocation)
    let refused: DeliveryError | undefined
    for (const route of routesFor(reply)) {
      const answer = await route(reply, invocation, replyTo)
      if (!answer) continue
      if (isDone(answer)) return
      const failure = toMattermostError(answer)
      if (failure.retryAdvice.retry) throw failure
      refused ??= failure
    }
    throw (
      refused ??
      new DeliveryError('the response_url has expired; set MATTERMOST_BOT_TOKEN to deliver later replies', over)
    )
  }

  /** A direct message is the last resort for private replies, and the first choice for private files. */
  function routesFor({ audience, kind }: Reply): readonly PostRoute[] {
    if (!botPosts) return [viaResponseUrl]
    if (audience === 'room') return [botPosts.toRoom, viaResponseUrl]
    return kind === 'file' ? [botPosts.direct, viaResponseUrl] : [botPosts.toCaller, viaResponseUrl, botPosts.direct]
  }

  async function viaResponseUrl(
    reply: Reply,
    invocation: Invocation,
    replyTo: ReplyTo,
  ): Promise<ApiAnswer | undefined> {
    const press = buttons?.pressIn(replyTo, Date.now())
    return await responseUrls.use(replyTo, invocation.at, toResponse(reply, press))
  }
}

/** A reply as a command's response, immediate or through its response_url. */
export function toResponse(reply: Reply, press?: Press): Readonly<Record<string, unknown>> {
  const { message, attachments } = render(reply, press)
  return {
    response_type: reply.audience === 'room' ? 'in_channel' : 'ephemeral',
    text: message,
    skip_slack_parsing: true,
    ...(attachments.length > 0 ? { attachments } : {}),
  }
}

const over = { retry: false } as const
const nobodyAsked = 'there is no caller to send a private reply to'

/** Decodes an invocation's `replyTo`. */
export function decodeReplyTo({ replyTo, room, tenant }: Invocation): ReplyTo {
  const { teamId, channelId, rootId, hookId, hookPath } = asRecord(replyTo)
  const [root, hook, path] = [readId(rootId), readId(hookId), readText(hookPath)]
  return {
    teamId: readId(teamId) ?? tenant.id,
    channelId: readId(channelId) ?? room.id,
    ...(root ? { rootId: root } : {}),
    ...(hook ? { hookId: hook } : {}),
    ...(path ? { hookPath: path } : {}),
  }
}
