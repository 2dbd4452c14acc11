import { asRecord, isRecord, parseObject, readText } from '../../../shared/json.js'
import { readId } from '../wire.js'

/** An event of the server. */
export interface SocketEvent {
  readonly type: 'event'
  readonly name: string
  /** Numbered from 0. */
  readonly seq: number
  readonly data: Readonly<Record<string, unknown>>
}

/** The server's response to a request. */
export interface SocketReply {
  readonly type: 'reply'
  readonly ok: boolean
  /** The server's time in milliseconds since 1970, if the response contains it. */
  readonly serverTime: number | undefined
}

/** A message in a channel. https://developers.mattermost.com/api-documentation/#/operations/GetPost */
export interface Post {
  readonly id: string
  readonly channelId: string
  /** Its thread. */
  readonly rootId: string | undefined
  readonly userId: string
  readonly message: string
  /** In milliseconds since 1970. */
  readonly createdAt: number
  /** True for a person's post: not from a webhook, bot, plugin or the server itself. */
  readonly byPerson: boolean
}

/** A post's channel. */
export interface PostChannel {
  readonly name: string
  /** Undefined for direct messages. */
  readonly teamId: string | undefined
}

/** Reads a message; undefined if it is something else. */
export function readMessage(text: string): SocketEvent | SocketReply | undefined {
  const sent = parseObject(text) ?? {}
  const { event, seq, seq_reply, status } = sent
  if (typeof seq_reply === 'number') {
    const time = asRecord(sent['data'])['server_time']
    return { type: 'reply', ok: status === 'OK', serverTime: typeof time === 'number' ? time : undefined }
  }
  if (typeof event !== 'string' || typeof seq !== 'number') return undefined
  return { type: 'event', name: event, seq, data: asRecord(sent['data']) }
}

/** Reads the post of a `posted` event, which is JSON inside JSON, and its channel. */
export function readPosted(data: Readonly<Record<string, unknown>>): readonly [Post, PostChannel] | undefined {
  const post = readPost(parseObject(readText(data['post']) ?? ''))
  if (!post) return undefined
  return [post, { name: readText(data['channel_name']) ?? post.channelId, teamId: readId(data['team_id']) }]
}

/** Reads a post; undefined if it is invalid or deleted. */
export function readPost(value: unknown): Post | undefined {
  if (!isRecord(value)) return undefined
  const { create_at, delete_at, message, type } = value
  const [id, channelId, userId] = [readId(value['id']), readId(value['channel_id']), readId(value['user_id'])]
  if (!id || !channelId || !userId || typeof create_at !== 'number' || Number(delete_at ?? 0) > 0) return undefined
  const props = asRecord(value['props'])
  const byMachine = machines.some((mark) => props[mark] === 'true' || props[mark] === true)
  return {
    id,
    channelId,
    rootId: readId(value['root_id']),
    userId,
    message: readText(message) ?? '',
    createdAt: create_at,
    byPerson: (type === '' || type === undefined) && !byMachine,
  }
}

/** Properties of posts by machines. A webhook's posts have the name of its creator. */
const machines = ['from_webhook', 'from_bot', 'from_plugin', 'from_oauth_app']

/** The typed command: `!deploy status` or `@bot deploy status`. */
export function readLine({ message, byPerson }: Post, botName: string): string | undefined {
  const said = message.trimStart()
  if (!byPerson) return undefined
  if (/^!\p{L}/u.test(said)) return `/${said.slice(1)}`
  const [called] = /^@([\w.-]+)/.exec(said) ?? []
  if (called?.toLowerCase() !== `@${botName.toLowerCase()}`) return undefined
  const rest = said
    .slice(called.length)
    .replace(/^[\s,:]+/, '')
    .replace(/^[!/／]/, '')
  return rest === '' || rest === said.slice(called.length) ? undefined : `/${rest}`
}

/** The names mentioned in a line; a punctuation mark may follow a name. */
export function namesIn(line: string): readonly string[] {
  const names = [...line.matchAll(/(?<![\w@.-])@([a-z0-9][a-z0-9._-]{0,63})/gi)].map(([, name = '']) =>
    name.toLowerCase().replace(/[._-]+$/, ''),
  )
  return [...new Set(names)].slice(0, 50)
}
