import { addFeatures, type Features, readFeatures } from '../features.js'
import { type Message, nickOf } from '../wire.js'

/** A channel that the bot is in. */
export interface JoinedChannel {
  /** As in the settings, in lower case. */
  readonly id: string
  /** The nicks of its members, by their folded form. */
  readonly members: ReadonlyMap<string, string>
}

/** What the server's messages have told about the network so far. */
export interface Network {
  /** The bot's current nick. */
  readonly nick: string
  /** The bot as `nick!user@host`, as others see it, if known. */
  readonly source: string | undefined
  readonly features: Features
  /** The channels that the bot is in, by their folded names. */
  readonly channels: ReadonlyMap<string, JoinedChannel>
  /** The requested capabilities that the server has enabled. */
  readonly capabilities: ReadonlySet<string>
  isOwn(nick: string): boolean
  /** Whether it is a replay of a message from before the bot came. */
  isReplayed(message: Message): boolean
}

/** Creates the state, which each message updates. `channelIds` are the channels to join. */
export function createNetwork(channelIds: readonly string[]) {
  const said = new Map<string, string>()
  const channels = new Map<string, { id: string; members: Map<string, string> }>()
  const capabilities = new Set<string>()
  const replays = new Set<string>()
  let features = readFeatures(said)
  let [nick, source, since] = ['', undefined as string | undefined, undefined as number | undefined]

  const fold = (text: string) => features.fold(text)
  const isOwn = (one: string) => fold(one) === fold(nick)
  const channelOf = (name = '') => channels.get(fold(name))

  function enter(name: string): void {
    const id = channelIds.find((one) => fold(one) === fold(name))
    if (id) channels.set(fold(name), { id, members: new Map() })
  }

  function leave(who: string, name: string): void {
    if (isOwn(who)) channels.delete(fold(name))
    else channelOf(name)?.members.delete(fold(who))
  }

  function rename(from: string, to: string): void {
    for (const { members } of channels.values()) if (members.delete(fold(from))) members.set(fold(to), to)
    if (!isOwn(from)) return
    nick = to
    source = source && to + source.slice(nickOf(source).length)
  }

  function welcome({ params, tags }: Message): void {
    nick = params[0] ?? nick
    since = timeOf(tags)
  }

  function noteMembers([, , name, names = '']: readonly string[]): void {
    for (const one of names.split(' ').filter(Boolean)) {
      const member = features.withoutPrefix(one.split('!', 1)[0] ?? '')
      channelOf(name)?.members.set(fold(member), member)
    }
  }

  function noteBatch({ params: [reference = '', type = ''], tags }: Message): void {
    const id = reference.slice(1)
    const isHistory = /^(?:chathistory|playback|.*\/playback)$/.test(type) || replays.has(tags.get('batch') ?? '')
    if (!reference.startsWith('+')) replays.delete(id)
    else if (isHistory) replays.add(id)
  }

  const reactions: Readonly<Record<string, (message: Message) => void>> = {
    '001': welcome,
    '005'({ params }) {
      addFeatures(said, params)
      features = readFeatures(said)
    },
    '353': ({ params }) => noteMembers(params),
    '396'({ params: [, host] }) {
      if (source && host) source = `${source.replace(/@.*$/, '')}@${host.replace(/^.*@/, '')}`
    },
    JOIN({ source: who, params: [name = ''] }) {
      if (isOwn(nickOf(who))) enter(name)
      channelOf(name)?.members.set(fold(nickOf(who)), nickOf(who))
    },
    PART: ({ source: who, params: [name = ''] }) => leave(nickOf(who), name),
    KICK: ({ params: [name = '', who = ''] }) => leave(who, name),
    QUIT({ source: who }) {
      for (const { members } of channels.values()) members.delete(fold(nickOf(who)))
    },
    NICK: ({ source: who, params: [to = ''] }) => rename(nickOf(who), to),
    CHGHOST({ source: who, params: [user, host] }) {
      if (isOwn(nickOf(who))) source = `${nick}!${user}@${host}`
    },
    BATCH: noteBatch,
  }

  return {
    get nick() {
      return nick
    },
    get source() {
      return source
    },
    get features() {
      return features
    },
    channels,
    capabilities,
    isOwn,
    isReplayed({ tags }: Message) {
      const at = timeOf(tags)
      return replays.has(tags.get('batch') ?? '') || (at !== undefined && since !== undefined && at < since)
    },
    receive(message: Message): void {
      reactions[message.command]?.(message)
      if (message.source.includes('!') && isOwn(nickOf(message.source)) && message.command !== 'CHGHOST') {
        source = nick + message.source.slice(nickOf(message.source).length)
      }
    },
  }
}

function timeOf(tags: Message['tags']): number | undefined {
  const at = Date.parse(tags.get('time') ?? '')
  return Number.isNaN(at) ? undefined : at
}
