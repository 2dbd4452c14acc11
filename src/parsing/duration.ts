const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}
const spelled: Readonly<Record<string, string>> = { sec: 's', secs: 's', min: 'm', mins: 'm', hr: 'h', hrs: 'h' }

/** Reads `90s`, `5m`, `1h30m`, `2d`, `500ms` or a plain number of seconds as milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const compact = text.replace(/\s+/g, '').toLowerCase()
  if (/^\d{1,12}(?:\.\d{1,6})?$/.test(compact)) return Math.round(Number(compact) * 1000)
  if (compact.length > 40 || !/^(?:\d{1,12}(?:\.\d{1,6})?[a-z]{1,4})+$/.test(compact)) return undefined
  let total = 0
  for (const [, amount, unit = ''] of compact.matchAll(/([\d.]+)([a-z]+)/g)) {
    total += Number(amount) * (units[spelled[unit] ?? unit] ?? Number.NaN)
  }
  return Number.isNaN(total) ? undefined : Math.round(total)
}

/** Formats milliseconds for people: `1h30m`. */
export function formatDuration(milliseconds: number): string {
  let left = Math.round(milliseconds)
  let text = ''
  for (const unit of ['d', 'h', 'm', 's', 'ms']) {
    const size = units[unit] ?? 1
    const amount = Math.floor(left / size)
    if (amount > 0) text += `${amount}${unit}`
    left -= amount * size
  }
  return text || '0s'
}
