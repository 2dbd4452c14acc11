import type { Logger } from '../../../model/logger.js'
import type { Clock } from '../../../shared/clock.js'
import { toPrintable } from '../../../shared/printable.js'
import { shorten } from '../../../shared/text.js'
import { formatMessage } from '../message.js'
import type { Channel } from '../settings.js'
import { type Message, nickOf } from '../wire.js'
import type { Network } from './network-state.js'

/** Keeps the bot in its channels. */
export interface Channels {
  join(): void
  receive(message: Message): void
  /** Whether each channel was joined or has refused the bot. */
  areSettled(): boolean
  /** Why the bot is not in a channel; undefined if unknown. */
  whyNot(id: string): string | undefined
  close(): void
}

/** What keeping the bot in its channels needs. */
export interface ChannelsDeps {
  readonly channels: readonly Channel[]
  readonly network: Pick<Network, 'features' | 'isOwn' | 'channels'>
  readonly clock: Clock
  readonly log: Logger
  command(line: string): void
}

/** Creates it. A channel that refuses the bot is tried again at growing intervals. */
export function createChannels({ channels, network, clock, log, command }: ChannelsDeps): Channels {
  const states = new Map(channels.map((channel) => [channel.id, createState(channel)]))
  const fold = (name: string) => network.features.fold(name)

  function find(name = ''): State | undefined {
    return [...states.values()].find(({ channel }) => fold(channel.name) === fold(name))
  }

  /** Channels with keys come first, because the keys are a separate list. */
  function join(some: readonly Channel[]): void {
    const sorted = [...some].sort((one, other) => Number(other.key !== undefined) - Number(one.key !== undefined))
    for (let from = 0; from < sorted.length; from += atOnce) {
      const part = sorted.slice(from, from + atOnce)
      const keys = part.flatMap(({ key }) => key ?? [])
      command(
        formatMessage('JOIN', part.map(({ name }) => name).join(','), ...(keys.length > 0 ? [keys.join(',')] : [])),
      )
    }
  }

  /** Leaves a channel that the bot did not ask to join. */
  function leave(name = ''): void {
    log.warn({ channel: words(name) }, 'moved to a channel that is not in IRC_CHANNELS; leaving it')
    command(formatMessage('PART', name))
  }

  function lose(state: State, reason: string, firstMs: number): void {
    const { channel } = state
    if (state.reason !== reason) log.warn({ channel: channel.id, reason }, 'not in the channel; trying again')
    state.reason = reason
    state.isSettled = true
    state.cancel?.()
    const pauseMs = Math.min(longestMs, firstMs * 2 ** state.failures)
    state.failures += 1
    state.cancel = clock.after(pauseMs * (0.75 + Math.random() / 2), () => join([channel]))
  }

  function joined(state: State): void {
    state.cancel?.()
    state.joinedAt = clock.now()
  }

  function complete(state: State): void {
    state.isSettled = true
    if (state.reason) log.info({ channel: state.channel.id }, 'in the channel now')
    state.reason = undefined
  }

  function thrownOut(state: State, by: string, why = ''): void {
    if (clock.now() - (state.joinedAt ?? 0) > forgivenMs) state.failures = 0
    lose(state, `${by}${why ? `: ${words(why)}` : ''}`, afterKickMs)
  }

  return {
    join: () => join(channels),
    receive({ command, source, params }) {
      if (!heeded.has(command)) return
      if (command === 'JOIN' && network.isOwn(nickOf(source)) && !find(params[0])) leave(params[0])
      const state = find(/^\d/.test(command) ? params[1] : command === 'INVITE' ? params[1] : params[0])
      if (!state) return
      const refusal = refusals[command]
      if (refusal !== undefined && !network.channels.has(fold(state.channel.name))) {
        lose(state, refusal || words(params.at(-1) ?? ''), afterRefusalMs)
      } else if (command === 'JOIN' && network.isOwn(nickOf(source))) joined(state)
      else if (command === '366' && network.channels.has(fold(state.channel.name))) complete(state)
      else if (command === 'KICK' && network.isOwn(params[1] ?? '')) thrownOut(state, 'kicked', params[2])
      else if (command === 'PART' && network.isOwn(nickOf(source))) thrownOut(state, 'removed', params[1])
      else if (command === 'INVITE') join([state.channel])
    },
    areSettled: () => [...states.values()].every(({ isSettled }) => isSettled),
    whyNot: (id) => states.get(id)?.reason,
    close() {
      for (const { cancel } of states.values()) cancel?.()
    },
  }
}

interface State {
  readonly channel: Channel
  isSettled: boolean
  reason: string | undefined
  failures: number
  joinedAt?: number
  cancel?: () => void
}

function createState(channel: Channel): State {
  return { channel, isSettled: false, reason: undefined, failures: 0 }
}

function words(text: string): string {
  return shorten(toPrintable(text), 100)
}

const atOnce = 10
const [afterKickMs, afterRefusalMs, longestMs, forgivenMs] = [5_000, 30_000, 10 * 60_000, 10 * 60_000]

/** Why a channel refuses the bot; empty if the server's own words are better. */
const refusals: Readonly<Record<string, string>> = {
  '403': 'there is no such channel',
  '405': 'the bot is in too many channels',
  '437': '',
  '470': 'the server forwards the bot to another channel',
  '471': 'it is full (+l)',
  '473': 'it is invite-only (+i): invite the bot',
  '474': 'the bot is banned there (+b)',
  '475': 'its key is missing or wrong (+k): write it after the channel and a space in IRC_CHANNELS',
  '476': 'its name is not valid on this server',
  '477': 'it is only for users who are logged in: set IRC_ACCOUNT and IRC_PASSWORD',
  '479': 'its name is not valid on this server',
  '480': '',
  '489': '',
  '520': '',
}

const heeded = new Set([...Object.keys(refusals), '366', 'JOIN', 'PART', 'KICK', 'INVITE'])
