import { ConnectionError } from '../../../model/errors.js'
import { toPrintable } from '../../../shared/printable.js'
import { shorten } from '../../../shared/text.js'
import { formatMessage } from '../message.js'
import type { Settings } from '../settings.js'
import type { Message } from '../wire.js'

/** Registers with the server. https://modern.ircdocs.horse/#connection-setup */
export interface Handshake {
  /** Sends the first lines, without waiting for capabilities, because old servers do not answer that request. */
  begin(): void
  /** Whether the bot is registered. Throws ConnectionError if it was refused. */
  receive(message: Message): boolean
}

/** What the handshake needs. */
export interface HandshakeDeps {
  readonly settings: Settings
  send(line: string): void
  /** Called with each capability that the server has enabled. */
  onCapability(name: string): void
}

/** Creates the handshake. */
export function createHandshake({ settings, send, onCapability }: HandshakeDeps): Handshake {
  const { nick, account, isAccountGiven, password } = settings
  const offered = new Set<string>()
  let tries = 0

  function tryNick(): void {
    send(formatMessage('NICK', nextNick(nick, tries)))
  }

  function negotiate([, verb = '', ...rest]: readonly string[]): void {
    const named = (rest.at(-1) ?? '').split(' ').filter(Boolean)
    if (verb === 'LS') {
      for (const one of named) offered.add(one.split('=', 1)[0] ?? '')
      if (rest[0] !== '*') request()
    } else if (verb === 'ACK') {
      for (const one of named) onCapability(one)
      if (password && named.includes('sasl')) send('AUTHENTICATE PLAIN')
      else send('CAP END')
    } else if (verb === 'NAK') send('CAP END')
  }

  function request(): void {
    const asked = wanted.filter((one) => offered.has(one) && (one !== 'sasl' || password))
    send(asked.length > 0 ? formatMessage('CAP', 'REQ', asked.join(' ')) : 'CAP END')
  }

  /** https://ircv3.net/specs/extensions/sasl-3.1 */
  function authenticate(): void {
    const secret = Buffer.from(`${account}\0${account}\0${password}`).toString('base64')
    const parts = [...(secret.match(/.{1,400}/g) ?? []), ...(secret.length % 400 === 0 ? ['+'] : [])]
    for (const part of parts) send(`AUTHENTICATE ${part}`)
  }

  const reactions: Readonly<Record<string, (message: Message) => void>> = {
    CAP: ({ params }) => negotiate(params),
    AUTHENTICATE({ params: [asked] }) {
      if (asked === '+') authenticate()
    },
    '903': () => send('CAP END'),
    '432': refuseNick,
    '433': nextTry,
    '436': nextTry,
    '437': nextTry,
    '464': refuse('the server refuses IRC_PASSWORD or requires one'),
    '465': refuse('the server has banned the bot'),
    ERROR({ params }) {
      const isBanned = /\b[gkqz]:?-?lined?\b|\bbanned\b/i.test(params[0] ?? '')
      throw new ConnectionError(`the server refuses the connection: ${said(params)}`, { slow: isBanned })
    },
    ...Object.fromEntries(['902', '904', '905', '906', '908'].map((one) => [one, refuse(wrongAccount)])),
  }

  /** It may be too long: not all servers announce their limit, but all accept nine characters. */
  function refuseNick({ params }: Message): void {
    if (nextNick(nick, tries).length <= shortestLimit) {
      throw new ConnectionError(`the server refuses the nick ${nick}: ${said(params)}`, { slow: true })
    }
    if (tries < cutFrom) tries += cutFrom
    tryNick()
  }

  function nextTry(): void {
    tries += 1
    if (tries % cutFrom > 8) throw new ConnectionError(`${nick} and eight variants of it are taken`)
    tryNick()
  }

  return {
    begin() {
      send('CAP LS 302')
      if (password) send(formatMessage('PASS', isAccountGiven ? `${account}:${password}` : password))
      tryNick()
      send(formatMessage('USER', userName(nick), '0', '*', 'Slashroom'))
    },
    receive(message) {
      reactions[message.command]?.(message)
      return message.command === '376' || message.command === '422'
    },
  }
}

/** Requested if the server offers them. */
const wanted = [
  ...['message-tags', 'server-time', 'account-tag', 'batch', 'echo-message', 'labeled-response'],
  ...['chghost', 'standard-replies', 'sasl'],
]

const wrongAccount = 'the server refuses IRC_ACCOUNT and IRC_PASSWORD'

function refuse(why: string): (message: Message) => never {
  return ({ params }) => {
    throw new ConnectionError(`${why}: ${said(params)}`, { slow: true })
  }
}

/** The server's own words, for the log. */
function said(params: readonly string[]): string {
  return shorten(toPrintable(params.at(-1) ?? ''), 200)
}

/** From this try on, nicks are cut to a length that every server accepts. */
const cutFrom = 100
const shortestLimit = 9

/** `bot`, `bot_`, `bot__`, `bot4` and so on. */
function nextNick(nick: string, tries: number): string {
  const at = tries % cutFrom
  const end = at < 3 ? '_'.repeat(at) : String(at + 1)
  const room = tries < cutFrom ? nick.length : Math.min(nick.length, shortestLimit - end.length)
  return nick.slice(0, room) + end
}

function userName(nick: string): string {
  return nick.replace(/[^a-z\d]/gi, '').slice(0, 9) || 'slashroom'
}
