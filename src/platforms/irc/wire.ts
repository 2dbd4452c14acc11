import { isRecord, readText } from '../../shared/json.js'

/** The platform's name. */
export const name = 'irc'

/** The maximum length of a message in characters: a few dozen lines, which are delivered or retried together. */
export const textLimit = 4_000

/** The maximum length of a line in bytes, including its source and line end. https://modern.ircdocs.horse/#messages */
export const lineBytes = 512

/** A line from the server. https://modern.ircdocs.horse/#message-format */
export interface Message {
  readonly tags: ReadonlyMap<string, string>
  /** The sender: a server, or `nick!user@host`. Empty if the line has none. */
  readonly source: string
  /** In capitals, or three digits. */
  readonly command: string
  readonly params: readonly string[]
}

/** A line that somebody typed, with what the server vouches for. */
export interface Payload {
  readonly text: string
  /** The sender, as `nick!user@host`. */
  readonly source: string
  readonly nick: string
  /** The nick, case-folded as the server does. */
  readonly nickId: string
  /** The account that they are logged in to, if the server says so. */
  readonly account: string | undefined
  /** The channel, as in IRC_CHANNELS but in lower case; undefined for a private message. */
  readonly channel: string | undefined
  /** The bot's current nick, and the one in the settings. */
  readonly ownNicks: readonly string[]
  /** Nicks in the text that belong to members of the channel. */
  readonly mentioned: readonly string[]
  /** Unique to this line. */
  readonly lineId: string
}

/** The contents of an invocation's `replyTo`. */
export interface ReplyTo {
  readonly channel?: string | undefined
  /** The caller, as `nick!user@host`. */
  readonly source?: string | undefined
}

/** Reads an invocation's `replyTo`. */
export function readReplyTo(replyTo: unknown): ReplyTo {
  if (!isRecord(replyTo)) return {}
  const [channel, source] = [readText(replyTo['channel']), readText(replyTo['source'])]
  return { ...(channel ? { channel } : {}), ...(source ? { source } : {}) }
}

/** The nick of `nick!user@host`, or the server's name. */
export function nickOf(source: string): string {
  return source.split('!', 1)[0] ?? ''
}
