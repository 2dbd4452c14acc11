import { asDeliveryError, isConnectFailure, isFailedCall, reasonOf } from '../../delivery/retry-rule.js'
import { type DeliveryError, uninstalledError } from '../../model/errors.js'
import { hasCaller, type Invocation } from '../../model/invocation.js'
import type { Reply } from '../../model/reply.js'
import { asRecord, readText } from '../../shared/json.js'
import type { Workspaces } from './app/workspaces.js'
import type { DeliveryRoutesDeps, RoutedReply } from './delivery/delivery-routes.js'
import { createDeliveryRoutes, type DeliveryRoute, type DeliveryRoutes } from './delivery/delivery-routes.js'
import { render, renderPlain } from './render.js'
import { RouteUnavailableError } from './web-api.js'
import { type ReplyTo, readId } from './wire.js'

/** What delivering replies needs. */
export interface DeliverDeps extends DeliveryRoutesDeps {
  readonly workspaces: Workspaces
}

/** Creates the delivery: each reply takes the first route that works. */
export function createDeliver({ workspaces, ...deps }: DeliverDeps) {
  const routes = createDeliveryRoutes(deps)
  return async (reply: Reply, invocation: Invocation): Promise<void> => {
    const installation = await workspaces.get(invocation.installation)
    if (!installation) throw uninstalledError()
    const routed: RoutedReply = { reply, invocation, installation, replyTo: decodeReplyTo(invocation) }
    await firstThatTakes(routesFor(routed, routes), routed)
  }
}

/** The possible routes. The response_url's last post is reserved in case the bot may not post in the room; the last resort is a direct message. */
function routesFor({ reply, replyTo, invocation }: RoutedReply, routes: DeliveryRoutes): readonly DeliveryRoute[] {
  const { byResponseUrl, toRoom, ephemeral, toCaller, inPlace, asFile } = routes
  const byUrl = (spare: number) => (replyTo.responseUrl ? [byResponseUrl(spare)] : [])
  const privately = (route: DeliveryRoute) => (hasCaller(invocation) ? [route] : [])
  if (reply.audience === 'caller') return [...byUrl(1), ...privately(ephemeral), ...byUrl(0), ...privately(toCaller)]
  // Only messages that the bot itself posted can be changed later.
  if (reply.updateKey) return [inPlace, toRoom, ...byUrl(0), ...privately(toCaller)]
  const said = [...byUrl(1), toRoom, ...byUrl(0), ...privately(toCaller)]
  return reply.kind === 'file' ? [asFile, ...said] : said
}

async function firstThatTakes(routes: readonly DeliveryRoute[], routed: RoutedReply): Promise<void> {
  const message = render(routed.reply, routed.invocation)
  let refused: DeliveryError | undefined
  let unreached: DeliveryError | undefined
  for (const route of routes) {
    try {
      return await route(routed, message).catch((error: unknown) => asText(error, route, routed))
    } catch (error) {
      if (!isFailedCall(error)) throw error
      const failure = asDeliveryError(error)
      if (isConnectFailure(error)) unreached ??= failure
      else if (failure.retryAdvice.retry) throw failure
      else if (!refused || refused instanceof RouteUnavailableError) refused = failure
    }
  }
  throw unreached ?? refused ?? new RouteUnavailableError('no route is left')
}

/** An image that the service cannot load, or too many blocks, make it refuse the whole card: then it is sent as text. */
async function asText(error: unknown, route: DeliveryRoute, routed: RoutedReply): Promise<void> {
  const { reply, invocation } = routed
  if (reply.kind !== 'card' || !/^(?:invalid_(?:blocks|attach)|msg_blocks_too_long)/.test(String(reasonOf(error))))
    throw error
  await route(routed, renderPlain(reply, invocation))
}

function decodeReplyTo({ replyTo, room, user }: Invocation): ReplyTo {
  const { channelId, userId, responseUrl, threadTs } = asRecord(replyTo)
  return {
    channelId: readId(channelId) ?? room.id,
    userId: readId(userId) ?? user.id,
    responseUrl: readText(responseUrl),
    threadTs: readText(threadTs),
  }
}
