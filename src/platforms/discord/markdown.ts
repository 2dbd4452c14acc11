/** Makes text show as it was typed: nothing in it is taken for markup. Addresses stay whole, so that they can be followed. */
export function escapeMarkdown(text: string): string {
  return text
    .split(/(https?:\/\/[^\s<>[\]`|*\\"]+)/)
    .map((part, at) => (at % 2 === 1 ? part : escapePart(part)))
    .join('')
}

/** Turns the HTML that commands write into the service's markup; what that does not know is shown without its tags. */
export function toMarkdown(html: string): string {
  let markdown = ''
  let verbatim = 0
  const links: string[] = []
  for (const [piece, closing = '', tag = '', attributes = ''] of html.matchAll(pieces)) {
    const name = tag.toLowerCase()
    if (name === '') markdown += verbatim > 0 ? fence(decodeEntities(piece)) : flow(decodeEntities(piece), markdown)
    else if (name === 'pre' || name === 'code') {
      verbatim = Math.max(0, verbatim + (closing ? -1 : 1))
      if (name === 'pre') markdown += closing ? '\n```\n' : `${lineEnd(markdown)}\`\`\`\n`
      else if (verbatim === (closing ? 0 : 1)) markdown += '`'
    } else if (name === 'a') markdown += closing ? closeLink(links.pop()) : openLink(attributes, links)
    else if (name === 'br') markdown += '\n'
    else if (blocks.has(name)) markdown += lineEnd(markdown) + (closing ? '' : (bullets[name] ?? ''))
    else if (name === 'img') markdown += webAddress(attributes, 'src') ?? ''
    else markdown += signs[name] ?? ''
  }
  return markdown.trim()
}

const pieces = /<(\/?)([a-z][a-z\d]*)([^<>]*)>|[^<]+|</gi

/** A word's sign is the same on both of its sides. */
const signs: Readonly<Record<string, string>> = {
  b: '**',
  strong: '**',
  i: '*',
  em: '*',
  u: '__',
  s: '~~',
  del: '~~',
  strike: '~~',
  td: ' ',
  th: ' ',
}

const blocks = new Set(['p', 'div', 'ul', 'ol', 'li', 'table', 'tr', 'blockquote', 'h1', 'h2', 'h3', 'h4'])
const bullets: Readonly<Record<string, string>> = { li: '- ', blockquote: '> ', h1: '# ', h2: '## ', h3: '### ' }

function escapePart(text: string): string {
  return text
    .replace(/[\\*_~`|[\]]|<(?=[@#:/ati])/g, '\\$&')
    .replace(/^([^\S\n]*)([>#+-])/gm, '$1\\$2')
    .replace(/^([^\S\n]*\d+)(?=[.)]\s)/gm, '$1\\')
}

/** Text as HTML has it: spaces are one, and none begins a line. */
function flow(text: string, before: string): string {
  const joined = text.replace(/\s+/g, ' ')
  return escapeMarkdown(before === '' || before.endsWith('\n') ? joined.trimStart() : joined)
}

/** Nothing in verbatim text ends it. */
function fence(text: string): string {
  return text.replaceAll('`', 'ˋ')
}

function lineEnd(before: string): string {
  return before === '' || before.endsWith('\n') ? '' : '\n'
}

function openLink(attributes: string, links: string[]): string {
  const address = webAddress(attributes, 'href') ?? ''
  links.push(address)
  return address ? '[' : ''
}

function closeLink(address: string | undefined): string {
  return address ? `](${address})` : ''
}

/** Only addresses of the web, with nothing in them that would end the link. */
function webAddress(attributes: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`\\b${name}\\s*=\\s*(?:"([^"]*)"|([^\\s"]+))`, 'i').exec(attributes) ?? []
  const address = decodeEntities(quoted ?? bare ?? '').trim()
  if (!/^https?:\/\//i.test(address) || !URL.canParse(address)) return undefined
  return new URL(address).href.replace(/[()]/g, (sign) => (sign === '(' ? '%28' : '%29'))
}

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, named) => {
    if (named) return entities[String(named).toLowerCase()] ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }
