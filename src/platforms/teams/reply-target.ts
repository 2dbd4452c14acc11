import type { Activity, Payload, ReplyTo } from './wire.js'

/** How to reply to an activity; undefined if it does not contain its origin. */
export function toReplyTo(activity: Activity, door: Payload['door']): ReplyTo | undefined {
  const { serviceUrl = '', conversation, recipient, from, tenantId = '' } = activity
  if (!conversation.id || (!serviceUrl && door !== 'webhook')) return undefined
  return {
    serviceUrl,
    conversationId: conversation.id,
    isPersonal: conversation.conversationType === 'personal',
    botId: recipient.id ?? '',
    tenantId: tenantId.toLowerCase(),
    ...(from.id ? { userId: from.id } : {}),
    ...(door === 'unsigned' ? { unsigned: true } : {}),
    ...(door === 'webhook' ? { webhook: true } : {}),
  }
}
