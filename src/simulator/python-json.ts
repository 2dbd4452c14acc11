/** Writes JSON like the real server's Python: members in order, `", "` and `": "` as separators, ASCII only. */
export function dumps(value: unknown, { sortKeys = true } = {}): string {
  if (typeof value === 'string') return ascii(value)
  if (Array.isArray(value)) return `[${value.map((one) => dumps(one, { sortKeys })).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  if (sortKeys) members.sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${members.map(([key, member]) => `${ascii(key)}: ${dumps(member, { sortKeys })}`).join(', ')}}`
}

/** Formats a value like Python 2, as in the server's error messages. */
export function repr(value: unknown): string {
  if (typeof value === 'string') return `u'${ascii(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
  if (Array.isArray(value)) return `[${value.map(repr).join(', ')}]`
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return String(value)
  return `{${Object.entries(value)
    .map(([key, member]) => `${repr(key)}: ${repr(member)}`)
    .join(', ')}}`
}

function ascii(text: string): string {
  const codeOf = (sign: string) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, codeOf)
}
