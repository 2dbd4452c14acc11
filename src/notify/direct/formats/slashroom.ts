import { UsageError } from '../../../model/errors.js'
import type { HttpResponse } from '../../../net/http-client.js'
import { retryExceptions } from '../../../platforms/hipchat/retry-exceptions.js'
import { parseObject, readText } from '../../../shared/json.js'
import type { WireFormat } from '../wire-format.js'

/** A Slashroom bot: `POST /notify/{room}`, or `/notify` for all rooms of the token. */
export const slashroom: WireFormat = {
  service: 'the server',
  maxTextLength: 150_000, // the bot splits for each platform; bodies stay below its 1,048,576 bytes
  takesToken: true,
  exceptions: { service: 'the server', waitOf: (response) => retryExceptions.waitOf?.(response) },
  address(to, room) {
    const [, base = '', named] = /^(.*?)(?:\/notify(?:\/([^/]+))?)?\/*$/.exec(to.pathname) ?? []
    if (room !== undefined && named !== undefined)
      throw new UsageError('the address already contains a room: leave out the room.')
    const path = room === undefined ? named : encodeURIComponent(room)
    return `${to.origin}${base}/notify${path === undefined ? '' : `/${path}`}`
  },
  body(notification, { key }) {
    const { tone } = notification
    const shown = notification.kind === 'card' ? notification.card : { text: notification.text }
    return { ...shown, ...(tone ? { tone } : {}), ...(key === undefined ? {} : { key }) }
  },
  confirms: (response) => idOf(response) !== undefined,
  idOf,
}

function idOf({ body }: HttpResponse): string | undefined {
  return readText(parseObject(body)?.['id'])
}
