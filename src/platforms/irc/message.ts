import type { Message } from './wire.js'

/** Parses a line without its line end; undefined if it is malformed. */
export function parseMessage(line: string): Message | undefined {
  const head = /^(?:@([^ ]*) +)?(?::([^ ]*) +)?([A-Za-z]+|\d{3})(?: +|$)/.exec(line)
  if (!head) return undefined
  const [all, tags = '', source = '', command = ''] = head
  return { tags: parseTags(tags), source, command: command.toUpperCase(), params: parseParams(line.slice(all.length)) }
}

/** Formats a command as a line without its line end. Characters that would end the line become spaces. */
export function formatMessage(command: string, ...params: readonly string[]): string {
  const last = params.length - 1
  const clean = params.map((param) => param.replace(/[\r\n\0]/g, ' '))
  return [command, ...clean.map((param, at) => (at === last && isTrailing(param) ? `:${param}` : param))].join(' ')
}

function isTrailing(param: string): boolean {
  return param === '' || param.startsWith(':') || param.includes(' ')
}

/** https://ircv3.net/specs/extensions/message-tags */
function parseTags(given: string): ReadonlyMap<string, string> {
  const pairs = given.split(';').filter(Boolean)
  return new Map(
    pairs.map((pair) => {
      const at = pair.indexOf('=')
      return at < 0 ? [pair, ''] : [pair.slice(0, at), unescapeTag(pair.slice(at + 1))]
    }),
  )
}

function unescapeTag(value: string): string {
  return value.replace(/\\(.?)/gs, (_, sign: string) => escapes[sign] ?? sign)
}

const escapes: Readonly<Record<string, string>> = { ':': ';', s: ' ', r: '\r', n: '\n' }

function parseParams(given: string): readonly string[] {
  const trailing = given.startsWith(':') ? 0 : given.indexOf(' :')
  if (trailing < 0) return words(given)
  const before = given.slice(0, trailing)
  return [...words(before), given.slice(trailing + (trailing === 0 && given.startsWith(':') ? 1 : 2))]
}

function words(text: string): readonly string[] {
  return text.split(' ').filter(Boolean)
}
