import type { Socket } from 'node:net'
import { ConnectionError, DeliveryError } from '../../../model/errors.js'
import type { Logger } from '../../../model/logger.js'
import type { Clock } from '../../../shared/clock.js'
import { withDeadline } from '../../../shared/deadline.js'
import { codeOf, messageOf } from '../../../shared/error-details.js'
import { toPrintable } from '../../../shared/printable.js'
import { shorten } from '../../../shared/text.js'
import { formatMessage, parseMessage } from '../message.js'
import type { Settings } from '../settings.js'
import { lineBytes, type Message, nickOf } from '../wire.js'
import { type Channels, createChannels } from './channels.js'
import { createHandshake } from './handshake.js'
import { createLineReader } from './line-reader.js'
import { createNetwork, type Network } from './network-state.js'
import { createOutgoing, type Outgoing, type Pace } from './outgoing.js'
import type { Talk } from './talk.js'

/** One connection, from the first line to the last. */
export interface Session {
  readonly network: Network
  /** Why the bot cannot post in a channel; undefined if it can. */
  whyNot(channel: string): string | undefined
  /** Who has this nick now, as `nick!user@host`; undefined if nobody has. Rejects with DeliveryError. */
  whoIs(nick: string): Promise<string | undefined>
  /** The maximum length of the text in one line to this target, in bytes. */
  roomFor(verb: Talk['verb'], target: string): number
  say: Outgoing['say']
  /** Rejects with ConnectionError when the connection is lost or refused; resolves after `leave`. */
  readonly ended: Promise<void>
  /** Pauses or resumes reading. */
  hold(isHeld: boolean): void
  leave(): void
}

/** What a session needs. */
export interface SessionDeps {
  readonly socket: Socket
  readonly settings: Settings
  readonly log: Logger
  readonly clock: Clock
  readonly patience?: Patience
  readonly pace?: Pace | undefined
  /** Whether the connection still belongs to this process; if not, the bot leaves instead of sending the line. */
  isHeld(): boolean
  /** Called when the bot is registered and each channel was joined or has refused it. */
  onReady(): void
  onMessage(message: Message, network: Network): void
}

/** How long a session waits, in milliseconds. */
export interface Patience {
  /** For the connection to open, including encryption. */
  readonly open: number
  /** For registration, from the first line. */
  readonly handshake: number
  /** For the channels to be joined or to refuse. */
  readonly channels: number
  /** For the server to send anything, before it is pinged; after another such silence it counts as dead. */
  readonly silence: number
  /** For the server to say who has a nick. */
  readonly answer: number
  /** Before trying again to get the nick in the settings. */
  readonly nick: number
}

/** Servers that look up the client's host name or ident may take half a minute to answer. */
export const usualPatience: Patience = {
  open: 30_000,
  handshake: 60_000,
  channels: 15_000,
  silence: 45_000,
  answer: 60_000,
  nick: 60_000,
}

/** Begins a session on an open socket. */
export function createSession(deps: SessionDeps): Session {
  const { socket, settings, log, clock, patience = usualPatience, isHeld, onReady, onMessage } = deps
  const network = createNetwork(settings.channels.map(({ id }) => id))
  // The process may have been paused while the line waited for its turn.
  const write = (line: string) => void (isHeld() ? socket.write(`${line}\r\n`) : leave())
  const outgoing = createOutgoing({ network, clock, write, ...(deps.pace ? { pace: deps.pace } : {}) })
  const { command } = outgoing
  const channels: Channels = createChannels({ channels: settings.channels, network, clock, log, command })
  const handshake = createHandshake({ settings, send: write, onCapability: (one) => network.capabilities.add(one) })
  const questions: ((source: string | undefined) => void)[] = []
  const timers = new Map<string, () => void>()
  let stage: 'handshake' | 'joining' | 'ready' | 'leaving' = 'handshake'
  let [end, fail] = [() => {}, (_: Error) => {}]
  let lastWords = ''
  const ended = new Promise<void>((resolve, reject) => {
    end = resolve
    fail = reject
  })

  function after(name: string, ms: number, then: () => void): void {
    timers.get(name)?.()
    timers.set(name, clock.after(ms, then))
  }

  function close(error?: ConnectionError): void {
    for (const cancel of timers.values()) cancel()
    timers.clear()
    channels.close()
    outgoing.close(error?.message ?? 'the bot is stopping')
    for (const answer of questions.splice(0)) answer('')
    socket.destroy()
    if (stage === 'leaving' || !error) end()
    else fail(error)
  }

  function handle(line: string): void {
    const message = parseMessage(line)
    if (!message) return
    try {
      if (message.command === 'PING') write(formatMessage('PONG', ...message.params))
      network.receive(message)
      if (stage === 'handshake') register(message)
      else attend(message)
    } catch (error) {
      const why = `a line from the server could not be handled: ${messageOf(error)}`
      close(error instanceof ConnectionError ? error : new ConnectionError(why, { cause: error }))
    }
  }

  function register(message: Message): void {
    if (!handshake.receive(message)) return
    stage = 'joining'
    const { botMode } = network.features
    if (botMode) command(formatMessage('MODE', network.nick, `+${botMode}`))
    if (!isWanted()) log.warn({ nick: network.nick }, `${settings.nick} is taken; trying again`)
    after('nick', patience.nick, regainNick)
    channels.join()
    after('channels', patience.channels, ready)
    settle()
  }

  function attend(message: Message): void {
    outgoing.receive(message)
    channels.receive(message)
    if (message.command === 'ERROR') lastWords = shorten(toPrintable(message.params[0] ?? ''), 200)
    if (message.command === '302') answer(message.params.at(-1) ?? '')
    if (isFreed(message)) regainNick()
    settle()
    onMessage(message, network)
  }

  function settle(): void {
    if (stage === 'joining' && channels.areSettled()) ready()
  }

  function ready(): void {
    if (stage !== 'joining') return
    stage = 'ready'
    timers.get('channels')?.()
    onReady()
  }

  function isWanted(): boolean {
    return network.isOwn(settings.nick)
  }

  function isFreed({ command, source }: Message): boolean {
    const isLeft = command === 'QUIT' || command === 'NICK'
    return isLeft && !isWanted() && network.features.fold(nickOf(source)) === network.features.fold(settings.nick)
  }

  function regainNick(): void {
    after('nick', patience.nick, regainNick)
    if (!isWanted() && !isCut()) command(formatMessage('NICK', settings.nick))
  }

  /** If the nick was shortened to fit the server's limit, the full one cannot be had. */
  function isCut(): boolean {
    return network.nick.length < settings.nick.length
  }

  /** `nick*=+user@host`, if somebody has it. */
  function answer(said: string): void {
    const [, nick = '', at = ''] = /^ *([^ *=]+)\*?=[+-](\S+)/.exec(said) ?? []
    questions.shift()?.(nick && `${nick}!${at}`)
  }

  function leave(): void {
    if (stage === 'leaving') return
    stage = 'leaving'
    socket.end('QUIT :Slashroom is stopping\r\n')
    after('silence', 2_000, () => close())
  }

  function listen(): void {
    after('silence', patience.silence, () => {
      outgoing.ping()
      after('silence', patience.silence, () => close(new ConnectionError('the server no longer answers')))
    })
  }

  const readLines = createLineReader(handle)
  socket.on('data', (chunk: Buffer) => {
    if (stage !== 'leaving') listen()
    readLines(chunk)
  })
  socket.on('error', (error) => close(new ConnectionError(`the connection broke (${codeOf(error) ?? 'no code'})`)))
  socket.on('close', () =>
    close(new ConnectionError(`the server ended the connection${lastWords && `: ${lastWords}`}`)),
  )
  after('handshake', patience.handshake, () => {
    if (stage === 'handshake') close(new ConnectionError('the server does not let the bot in and does not say why'))
  })
  listen()
  handshake.begin()

  return {
    network,
    ended,
    say: outgoing.say,
    whyNot(id) {
      const isThere = [...network.channels.values()].some((channel) => channel.id === id)
      return isThere ? undefined : (channels.whyNot(id) ?? 'the bot is not in it')
    },
    async whoIs(nick) {
      if (stage !== 'ready') throw notConnected()
      const asked = new Promise<string | undefined>((resolve) => {
        questions.push(resolve)
        command(formatMessage('USERHOST', nick))
      })
      const unsaid = () => new DeliveryError('the server does not say who has the nick', { retry: true })
      const said = await withDeadline(asked, patience.answer, unsaid, clock)
      if (said === '' && socket.destroyed) throw notConnected()
      return said || undefined
    },
    roomFor(verb, target) {
      const own = network.source ?? `${network.nick}!${'?'.repeat(longestUser)}@${'?'.repeat(longestHost)}`
      const limit = Math.min(lineBytes, network.features.lineBytes ?? lineBytes)
      return limit - Buffer.byteLength(`:${own} ${verb} ${target} :\r\n`)
    },
    hold: (isHeld) => void (isHeld ? socket.pause() : socket.resume()),
    leave,
  }
}

/** The longest user and host, assumed until the bot's own source is known. */
const [longestUser, longestHost] = [11, 63]

/** There is no connection now, but there will be. */
export function notConnected(): DeliveryError {
  return new DeliveryError('IRC is not connected', { retry: true })
}
