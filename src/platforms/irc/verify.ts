import type { Installation } from '../../model/installation.js'
import { shortHash } from '../../shared/crypto.js'
import type { Verified } from '../platform.js'
import type { Network } from './connection/network-state.js'
import { type Message, name, nickOf, type Payload } from './wire.js'

/** What the server said to us, where, and when it came. */
export interface Heard {
  readonly message: Message
  readonly network: Network
  readonly installation: Installation
  /** The nick that the bot wants. */
  readonly wantedNick: string
  readonly receivedAt: number
  /** Tells this line from others without an id of their own. */
  readonly count: string
}

/**
 * What the connection proves of a line; undefined where it is nobody's command: a server says who sent a line, and only of
 * those who are in a channel are lines taken from there. What is replayed, sent by bots as notices, or our own is not.
 */
export function verify(heard: Heard): Verified<Payload> | undefined {
  const { message, network, installation, wantedNick, receivedAt, count } = heard
  const { command, params, source, tags } = message
  const [target = '', text = ''] = params
  const [nick, { features }] = [nickOf(source), network]
  const isSaid = command === 'PRIVMSG' && /^[^!@]+!\S*@\S/.test(source) && text !== '' && !text.startsWith('\x01')
  if (!isSaid || network.isOwn(nick) || network.isReplayed(message)) return undefined
  const channel = network.channels.get(features.fold(target))
  if (channel ? !channel.members.has(features.fold(nick)) : !network.isOwn(target)) return undefined
  return {
    installation,
    receivedAt,
    payload: {
      ...{ text, source, nick },
      nickId: features.fold(nick),
      account: tags.get('account') || undefined,
      channel: channel?.id,
      ownNicks: [network.nick, wantedNick],
      mentioned: channel ? mentionedIn(text, channel.members, features.fold) : [],
      lineId: lineId(message, count),
    },
  }
}

/** An id that the server gave, else when it says that it was said, else one that only this line has. */
function lineId({ tags, source, params }: Message, count: string): string {
  const [id, time] = [tags.get('msgid'), tags.get('time')]
  if (id) return shortHash(name, id)
  return time ? shortHash(name, time, source, ...params) : shortHash(name, count, source, ...params)
}

function mentionedIn(text: string, members: ReadonlyMap<string, string>, fold: (nick: string) => string) {
  const words = text.split(/[\s,:;]+/, 200).map((word) => members.get(fold(word.replace(/^@/, ''))))
  return [...new Set(words.filter((nick) => nick !== undefined))]
}
