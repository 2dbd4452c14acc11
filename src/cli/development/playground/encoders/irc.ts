import { fitLine } from '../../../../platforms/irc/fit-lines.js'
import { formatMessage } from '../../../../platforms/irc/message.js'
import { render } from '../../../../platforms/irc/render.js'
import { lineBytes, textLimit } from '../../../../platforms/irc/wire.js'
import type { Encoder } from './encoder.js'

/** IRC: lines, each of which takes a second. */
export const irc: Encoder = {
  service: 'IRC',
  maxTextLength: textLimit,
  callerId: 'alice',
  encode(reply, { user }) {
    const isPrivate = reply.audience === 'caller'
    const [verb, target] = isPrivate ? ['NOTICE', user.mention ?? user.name] : ['PRIVMSG', '#deployments']
    const room = lineBytes - Buffer.byteLength(`:slashroom!~slashroom@bot.example.com ${verb} ${target} :\r\n`)
    const lines = render(reply).flatMap((line) => fitLine(line, room))
    return {
      way: `${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`,
      payload: lines.map((line) => formatMessage(verb, target, line)).join('\n'),
      parts: [{ kind: 'plain', text: lines.join('\n'), isMono: true }],
      isPrivate,
    }
  },
}
