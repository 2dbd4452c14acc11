import type { RetryExceptions } from '../../delivery/retry-rule.js'
import type { CardReply, TextReply } from '../../model/reply.js'
import type { HttpResponse } from '../../net/http-client.js'

/** What one post shows. */
export type Notification = TextReply | CardReply

/** What goes with a notification besides what it shows. */
export interface Envelope {
  readonly room?: string | undefined
  /** Whom it shows as its sender, where the service lets us say so. */
  readonly from?: string | undefined
  readonly notify?: boolean | undefined
  readonly key?: string | undefined
}

/** One kind of address that takes notifications, and how they are written for it. */
export interface WireFormat {
  /** What errors call whoever answers there. */
  readonly service: string
  /** Characters of text that one post takes; longer texts are split. */
  readonly maxTextLength: number
  /** Whether requests carry a token; where they do not, the address is the secret. */
  readonly takesToken: boolean
  readonly exceptions: RetryExceptions<HttpResponse>
  /** The address to post to. Throws UsageError where the room is missing, or there is no choice of one. */
  address(to: URL, room: string | undefined): string
  body(notification: Notification, envelope: Envelope): object
  /** Whether a 2xx says that the notification arrived, and not just that something answered. */
  confirms(response: HttpResponse): boolean
  /** The id that the service gave it, where it tells one. */
  idOf?(response: HttpResponse): string | undefined
}
