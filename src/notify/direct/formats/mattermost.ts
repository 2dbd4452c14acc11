import { render } from '../../../platforms/mattermost/render.js'
import { retryExceptions } from '../../../platforms/mattermost/retry-exceptions.js'
import { textLimit } from '../../../platforms/mattermost/wire.js'
import type { WireFormat } from '../wire-format.js'

/** Mattermost's incoming webhooks. https://developers.mattermost.com/integrate/webhooks/incoming/ */
export const mattermost: WireFormat = {
  service: 'Mattermost',
  maxTextLength: textLimit,
  takesToken: false,
  exceptions: {
    service: 'Mattermost',
    final: [501], // webhooks are turned off there
    waitOf: (response) => retryExceptions.waitOf?.(response),
  },
  address: (to) => to.href,
  body(notification, { room, from }) {
    const { message, attachments } = render(notification)
    return {
      text: message,
      ...(attachments.length > 0 ? { attachments } : {}),
      ...(room === undefined ? {} : { channel: room.replace(/^#/, '') }),
      ...(from === undefined ? {} : { username: from }),
    }
  },
  confirms: ({ body }) => body.toString().trim() === 'ok', // its web client's pages have status 200 too
}
