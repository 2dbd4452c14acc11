import type { Endpoint, SenderAnswer } from '../endpoint.js'
import { acceptedHeaders, answerJson } from './hipchat/answers.js'
import { endpoint, forbidden, type HipchatCall, unknownPaths } from './hipchat/endpoint.js'
import { listOf, showRoom } from './hipchat/list-rooms.js'
import { readNotification } from './hipchat/notification.js'
import { toPost } from './to-post.js'

/** The parts of HipChat's API version 2 that senders use. */
export const hipchatV2: readonly Endpoint[] = [
  endpoint(['POST'], '/v2/room/*room/notification', notify),
  endpoint(['GET'], '/v2/room', listRooms),
  endpoint(['GET'], '/v2/room/:room', showOne),
  ...forbidden(['/v2/room/:room/topic'], 'A notification token may not change the topic.'),
  ...forbidden(
    ['/v2/room/:room/*rest', '/v2/user', '/v2/user/*rest', '/v2/emoticon', '/v2/emoticon/*rest'],
    'A notification token may only notify rooms and list them.',
  ),
  unknownPaths('/v2/*rest'),
]

/** Empty, because one client takes any body for an error. */
async function notify({ request, params, fields, sender, headers, notifier }: HipchatCall): Promise<SenderAnswer> {
  const { reply, warning } = readNotification(fields, 64)
  const { id } = await notifier.post(sender, toPost(request, fields, sender, { room: params['room'], reply }))
  return { status: 204, headers: acceptedHeaders(headers, id, warning) }
}

async function listRooms({ request, sender, headers, notifier }: HipchatCall): Promise<SenderAnswer> {
  return answerJson(200, listOf(await notifier.listRooms(sender), request), headers)
}

async function showOne({ request, params, sender, headers, notifier }: HipchatCall): Promise<SenderAnswer> {
  const room = await notifier.findRoom(sender, params['room'] ?? '')
  return answerJson(200, showRoom(room, request.baseUrl), headers)
}
