import type { RetryExceptions } from '../../delivery/retry-rule.js'
import type { CardReply, TextReply } from '../../model/reply.js'
import type { HttpResponse } from '../../net/http-client.js'

/** The content of one post. */
export type Notification = TextReply | CardReply

/** The rest of a notification. */
export interface Envelope {
  readonly room?: string | undefined
  /** The sender's name, if the service allows setting one. */
  readonly from?: string | undefined
  readonly notify?: boolean | undefined
  readonly key?: string | undefined
}

/** How to send notifications to one kind of address. */
export interface WireFormat {
  /** The service's name in errors. */
  readonly service: string
  /** The longest text of one post; longer texts are split. */
  readonly maxTextLength: number
  /** Whether requests carry a token; otherwise the address is the secret. */
  readonly takesToken: boolean
  readonly exceptions: RetryExceptions<HttpResponse>
  /** The address to post to. Throws UsageError if a required room is missing or a room cannot be chosen. */
  address(to: URL, room: string | undefined): string
  body(notification: Notification, envelope: Envelope): object
  /** Whether a 2xx response really confirms that the notification arrived. */
  confirms(response: HttpResponse): boolean
  /** The service's id for it, if it returns one. */
  idOf?(response: HttpResponse): string | undefined
}
