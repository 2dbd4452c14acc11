/** What the server says about itself. https://modern.ircdocs.horse/#rplisupport-005 */
export interface Features {
  /** Folds case as the server does when it compares nicks and channels. */
  fold(text: string): string
  /** Whether this is a channel's name. */
  isChannel(target: string): boolean
  /** A nick without the prefixes for its holder's rank in the channel. */
  withoutPrefix(nick: string): string
  /** The network's name, if it has one. */
  readonly network: string | undefined
  /** The letter of the mode that marks bots, if there is one. */
  readonly botMode: string | undefined
  /** The maximum length of a line in bytes, if the server states it. */
  readonly lineBytes: number | undefined
}

/** Reads the features from the 005 lines received so far. */
export function readFeatures(said: ReadonlyMap<string, string>): Features {
  const fold = foldBy(said.get('CASEMAPPING') ?? 'rfc1459')
  const channelSigns = said.get('CHANTYPES') ?? '#&'
  const prefixes = /\)(.*)$/.exec(said.get('PREFIX') ?? '(ov)@+')?.[1] ?? ''
  const lineBytes = Number(said.get('LINELEN'))
  return {
    fold,
    isChannel: (target) => target !== '' && channelSigns.includes(target.charAt(0)),
    withoutPrefix(nick) {
      let at = 0
      while (at < nick.length && prefixes.includes(nick.charAt(at))) at += 1
      return nick.slice(at)
    },
    network: said.get('NETWORK') || undefined,
    botMode: /^[A-Za-z]$/.exec(said.get('BOT') ?? '')?.[0],
    lineBytes: lineBytes >= 128 ? lineBytes : undefined,
  }
}

/** Adds the parameters of a 005 line to `said`. */
export function addFeatures(said: Map<string, string>, params: readonly string[]): void {
  for (const token of params.slice(1, -1)) {
    const [key = '', value = ''] = token.split(/=(.*)/s)
    if (key.startsWith('-')) said.delete(key.slice(1))
    else
      said.set(
        key,
        value.replace(/\\x([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
      )
  }
}

/** In rfc1459, some signs are the capitals of others. https://modern.ircdocs.horse/#casemapping-parameter */
function foldBy(mapping: string): (text: string) => string {
  const ascii = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  if (mapping === 'ascii') return ascii
  if (mapping === 'strict-rfc1459') return (text) => ascii(text).replace(/[[\]\\]/g, (sign) => capitals[sign] ?? sign)
  if (mapping === 'rfc1459') return (text) => ascii(text).replace(/[[\]\\~]/g, (sign) => capitals[sign] ?? sign)
  return (text) => text.normalize('NFKC').toLowerCase()
}

const capitals: Readonly<Record<string, string>> = { '[': '{', ']': '}', '\\': '|', '~': '^' }
