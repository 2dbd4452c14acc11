/** Text of HTML, with its entities as the signs that they stand for. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, named) => {
    if (named) return entities.get(String(named).toLowerCase()) ?? whole
    const code = decimal ? Number(decimal) : Number.parseInt(String(hex), 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}

/** The value of a tag's attribute. */
export function attributeOf(attributes: string, name: string): string | undefined {
  const value = new RegExp(`(?:^|[\\s"'])${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+))`, 'i').exec(attributes)
  const [, double, single, bare] = value ?? []
  const given = double ?? single ?? bare
  return given === undefined ? undefined : decodeEntities(given)
}

const signs = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0', hellip: '…', mdash: '—', ndash: '–' }
const entities = new Map(Object.entries(signs))
