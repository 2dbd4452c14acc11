import { isRecord, readText } from '../../shared/json.js'

/** The service's own name for itself, and the first part of its addresses here. */
export const name = 'irc'

/** The most that one text may have, in characters: each part is some dozens of lines, and arrives or is tried again whole. */
export const textLimit = 4_000

/** The most bytes that a line may have, with who said it and the line end: https://modern.ircdocs.horse/#messages */
export const lineBytes = 512

/** A line as servers send it: https://modern.ircdocs.horse/#message-format */
export interface Message {
  readonly tags: ReadonlyMap<string, string>
  /** Who says it: a server, or `nick!user@host`. Empty where the line does not say. */
  readonly source: string
  /** A word in capitals, or three digits. */
  readonly command: string
  readonly params: readonly string[]
}

/** A line that somebody said, as far as the server vouches for it. */
export interface Payload {
  readonly text: string
  /** Who said it, as `nick!user@host`. */
  readonly source: string
  readonly nick: string
  /** The nick as the server compares it. */
  readonly nickId: string
  /** The account that they are logged in to, where the server says so. */
  readonly account: string | undefined
  /** The channel that it was said in, as IRC_CHANNELS has it in lower case; undefined for what was said to the bot alone. */
  readonly channel: string | undefined
  /** The bot's nicks, as it is called and as it wants to be. */
  readonly ownNicks: readonly string[]
  /** Who is there, of those whom the line may mention. */
  readonly mentioned: readonly string[]
  /** Tells it from all other lines. */
  readonly lineId: string
}

/** What an invocation's `replyTo` holds. */
export interface ReplyTo {
  readonly channel?: string | undefined
  /** Who asked, as `nick!user@host`. */
  readonly source?: string | undefined
}

/** Reads what an invocation's `replyTo` holds. */
export function readReplyTo(replyTo: unknown): ReplyTo {
  if (!isRecord(replyTo)) return {}
  const [channel, source] = [readText(replyTo['channel']), readText(replyTo['source'])]
  return { ...(channel ? { channel } : {}), ...(source ? { source } : {}) }
}

/** The nick of `nick!user@host`, or the server's name. */
export function nickOf(source: string): string {
  return source.split('!', 1)[0] ?? ''
}
