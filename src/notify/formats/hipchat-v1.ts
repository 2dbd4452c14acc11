import { ownOnly } from '../../shared/own-properties.js'
import type { Endpoint, ReachableRoom, SenderAnswer } from '../endpoint.js'
import { acceptedHeaders, answerJson } from './hipchat/answers.js'
import { endpoint, forbidden, type HipchatCall, unknownPaths } from './hipchat/endpoint.js'
import { describeGithubEvent } from './hipchat/github-event.js'
import { idOf } from './hipchat/list-rooms.js'
import { readNotification } from './hipchat/notification.js'
import { invalid, readLabel } from './members.js'
import { toPost } from './to-post.js'

/** The parts of HipChat's API version 1 that senders use. */
export const hipchatV1: readonly Endpoint[] = [
  endpoint(['POST', 'GET'], '/v1/rooms/message', notify),
  endpoint(['POST'], '/v1/webhooks/github', notifyOfGithub),
  endpoint(['GET'], '/v1/rooms/list', listRooms),
  endpoint(['GET'], '/v1/rooms/show', showOne),
  ...forbidden(['/v1/rooms/topic'], 'A notification token may not change the topic.'),
  ...forbidden(
    ['/v1/rooms/history', '/v1/rooms/create', '/v1/rooms/delete', '/v1/users/*rest'],
    'A notification token may only notify rooms and list them.',
  ),
  unknownPaths('/v1/*rest'),
]

async function notifyOfGithub(call: HipchatCall): Promise<SenderAnswer> {
  const message = describeGithubEvent(call.request, call.fields)
  const fields = ownOnly({ ...call.fields, message, message_format: 'html', from: 'GitHub' })
  return await notify({ ...call, fields })
}

/** One client compares the body as text. */
async function notify({ request, fields, sender, headers, notifier }: HipchatCall): Promise<SenderAnswer> {
  const { reply, warning } = readNotification(fields, 15)
  const { id } = await notifier.post(sender, toPost(request, fields, sender, { room: roomOf(fields), reply }))
  return answerJson(200, { status: 'sent' }, acceptedHeaders(headers, id, warning))
}

async function listRooms({ sender, headers, notifier }: HipchatCall): Promise<SenderAnswer> {
  return answerJson(200, { rooms: (await notifier.listRooms(sender)).map(inShort) }, headers)
}

async function showOne({ fields, sender, headers, notifier }: HipchatCall): Promise<SenderAnswer> {
  return answerJson(200, { room: inShort(await notifier.findRoom(sender, roomOf(fields))) }, headers)
}

function roomOf(fields: HipchatCall['fields']): string {
  return readLabel(fields, 'room_id') ?? invalid('room_id is missing.')
}

function inShort(room: ReachableRoom): object {
  return { room_id: idOf(room), name: room.name, topic: '', is_archived: false, is_private: false }
}
