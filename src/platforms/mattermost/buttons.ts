import { AuthenticationError } from '../../model/errors.js'
import { hmacHex, safeEqual } from '../../shared/crypto.js'
import { isRecord, readText } from '../../shared/json.js'
import { type Action, actionPath, type Button, name, type Press, type ReplyTo, readId } from './wire.js'

/** Creates and checks the bot's buttons. */
export interface Buttons {
  /** What a button below a reply to `replyTo` sends; it can be pressed for a day from `now`. */
  pressIn(replyTo: ReplyTo, now: number): (line: string) => Action['integration']
  /** The button of a pressed one's context. Throws AuthenticationError if it is forged or too old. */
  open(press: Press, now: number): Button
}

/**
 * Creates and checks buttons. The key is derived from the bot's token, which all processes share and no room can see.
 * The signature proves that the button is ours; the `trigger_id` proves who pressed it.
 */
export function createButtons(botToken: string, baseUrl: string): Buttons {
  const url = `${baseUrl}/${name}${actionPath}`
  const key = hmacHex(botToken, 'slashroom mattermost buttons')
  const mac = ({ line, teamId, channelId, rootId = '', until }: Button) =>
    hmacHex(key, JSON.stringify([line, teamId, channelId, rootId, until]))

  return {
    pressIn({ teamId, channelId, rootId }, now) {
      const place = { teamId, channelId, ...(rootId ? { rootId } : {}), until: now + lifeMs }
      return (line) => ({ url, context: { line, ...place, mac: mac({ line, ...place }) } })
    },
    open({ context, channel_id }, now) {
      const button = readButton(context)
      const given = isRecord(context) ? context['mac'] : undefined
      if (!button || typeof given !== 'string' || !safeEqual(given, mac(button)))
        throw new AuthenticationError('signature')
      if (button.channelId !== channel_id) throw new AuthenticationError('claims disagree')
      if (button.until < now) throw new AuthenticationError('expired')
      return button
    },
  }
}

/** Reads a button from a context; undefined if it is not one. */
function readButton(context: unknown): Button | undefined {
  if (!isRecord(context)) return undefined
  const line = readText(context['line'])
  const teamId = readId(context['teamId'])
  const channelId = readId(context['channelId'])
  const rootId = readId(context['rootId'])
  const until = context['until']
  if (!line || !teamId || !channelId || typeof until !== 'number') return undefined
  return { line, teamId, channelId, ...(rootId ? { rootId } : {}), until }
}

const lifeMs = 24 * 60 * 60_000
