import { HttpError } from '../model/errors.js'
import type { CommandToken, CommandTokens } from '../platforms/platform.js'
import type { RateLimiter } from './rate-limit.js'
import { parseRoomAddress } from './room-address.js'
import type { Sender } from './sender.js'
import type { Tokens } from './tokens.js'

interface CommandTokensDeps {
  readonly tokens: Pick<Tokens, 'find' | 'list' | 'noteUse'>
  readonly rates: RateLimiter
}

/** The tokens of kind `command`. */
export function createCommandTokens({ tokens, rates }: CommandTokensDeps): CommandTokens {
  return {
    async find(token) {
      const sender = await tokens.find(token)
      if (sender?.kind !== 'command') return undefined
      if (rates.take(sender)?.over) throw new HttpError('The token has exceeded its rate limit.', 429)
      tokens.noteUse(sender)
      return toCommandToken(sender)
    },
    async findById(id) {
      const sender = (await tokens.list()).find((one) => one.id === id)
      const isOver = sender?.expiresAt !== undefined && sender.expiresAt <= Date.now()
      return sender?.kind === 'command' && !isOver ? toCommandToken(sender) : undefined
    },
  }
}

function toCommandToken({ id, name, rooms, replyTo }: Sender): CommandToken {
  const [room, ...others] = rooms === 'all' ? [] : rooms
  if (room === undefined || others.length > 0)
    throw new HttpError('The token must be for exactly one room: create another with one --room.', 403)
  return { id, name, room: (parseRoomAddress(room)?.room ?? room).replace(/^#/, ''), replyTo }
}
