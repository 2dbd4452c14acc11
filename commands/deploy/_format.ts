/** How long ago something was: `3 min ago`. */
export function ago(at: number, now = Date.now()): string {
  const seconds = Math.floor((now - at) / 1000)
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${seconds} s ago`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`
  const days = Math.floor(seconds / 86_400)
  return days < 60 ? `${count(days, 'day')} ago` : `on ${new Date(at).toISOString().slice(0, 10)}`
}

/** How long something took: `0.4 s`, `41 s`, `3 min 20 s`. */
export function lasting(ms: number): string {
  const seconds = Math.round(ms / 1000)
  if (ms < 9_950) return `${(ms / 1000).toFixed(1)} s`
  if (seconds < 60) return `${seconds} s`
  const [minutes, left] = [Math.floor(seconds / 60), seconds % 60]
  if (minutes < 60) return left ? `${minutes} min ${left} s` : `${minutes} min`
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${Math.floor(minutes / 60)} h`
}

/** A number with its noun: `1 step`, `3 steps`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** A list of names, shortened if it is long: `api, web and 3 more`. */
export function names(all: readonly string[], most = 12): string {
  const unique = [...new Set(all)]
  const shown = unique.slice(0, most)
  return unique.length > most ? `${shown.join(', ')} and ${unique.length - most} more` : shown.join(', ')
}
