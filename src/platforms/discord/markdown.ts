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
  for (const [piece, closing, tag = '', rest = ''] of html.matchAll(/<(\/?)([a-z][a-z\d]*)([^>]*)>|[^<]+|</gi)) {
    const known = tag.toLowerCase()
    if (known === '') {
      const text = decodeEntities(piece)
      markdown += verbatim > 0 ? text.replaceAll('`', 'ˋ') : escapeMarkdown(text.replace(/\s+/g, ' '))
    } else if (known === 'a') markdown += closing ? closeLink(links.pop()) : openLink(rest, links)
    else if (known === 'pre' || known === 'code') {
      const inside = verbatim > 0
      verbatim = Math.max(0, verbatim + (closing ? -1 : 1))
      if (known === 'pre') markdown += closing ? '\n```' : '```\n'
      else if (!(closing ? verbatim > 0 : inside)) markdown += '`'
    } else markdown += closing ? (closers[known] ?? '') : (openers[known] ?? imageOf(known, rest))
  }
  return markdown
    .replace(/ *\n */g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

function escapePart(text: string): string {
  return text
    .replace(/[\\*_~`|[\]]|<(?=[@#:/ati])/g, '\\$&')
    .replace(/^(\s*)([>#+-])/gm, '$1\\$2')
    .replace(/^(\s*\d+)(?=[.)]\s)/gm, '$1\\')
}

const openers: Readonly<Record<string, string>> = {
  b: '**',
  strong: '**',
  i: '*',
  em: '*',
  u: '__',
  s: '~~',
  del: '~~',
  strike: '~~',
  br: '\n',
  p: '\n',
  div: '\n',
  tr: '\n',
  li: '\n- ',
  h1: '\n**',
  h2: '\n**',
  h3: '\n**',
}

const closers: Readonly<Record<string, string>> = {
  b: '**',
  strong: '**',
  i: '*',
  em: '*',
  u: '__',
  s: '~~',
  del: '~~',
  strike: '~~',
  p: '\n',
  div: '\n',
  ul: '\n',
  ol: '\n',
  table: '\n',
  td: ' ',
  th: ' ',
  h1: '**\n',
  h2: '**\n',
  h3: '**\n',
}

function imageOf(tag: string, attributes: string): string {
  return tag === 'img' ? (webAddress(attributes, 'src') ?? '') : ''
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
