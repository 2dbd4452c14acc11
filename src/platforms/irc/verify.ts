import type { Installation } from '../../model/installation.js'
import { shortHash } from '../../shared/crypto.js'
import type { Verified } from '../platform.js'
import type { Network } from './connection/network-state.js'
import { type Message, name, nickOf, type Payload } from './wire.js'

/** A message from the server, with the state of the network when it arrived. */
export interface Heard {
  readonly message: Message
  readonly network: Network
  readonly installation: Installation
  /** The nick in the settings, which the bot may not have. */
  readonly wantedNick: string
  readonly receivedAt: number
  /** Distinguishes this line from others that have no id. */
  readonly count: string
}

/**
 * Verifies who sent a line: the server says so, and in a channel it must be one of its members. Undefined for what
 * cannot be a command: replayed lines, notices (which bots send) and our own lines.
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

/** Made from the server's id, otherwise from its time, otherwise from the count. */
function lineId({ tags, source, params }: Message, count: string): string {
  const [id, time] = [tags.get('msgid'), tags.get('time')]
  if (id) return shortHash(name, id)
  return time ? shortHash(name, time, source, ...params) : shortHash(name, count, source, ...params)
}

function mentionedIn(text: string, members: ReadonlyMap<string, string>, fold: (nick: string) => string) {
  const words = text.split(/[\s,:;]+/, 200).map((word) => members.get(fold(word.replace(/^@/, ''))))
  return [...new Set(words.filter((nick) => nick !== undefined))]
}
