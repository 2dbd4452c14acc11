/** Where a text stops being JSON, and what is there; undefined for valid JSON. */
export function describeJsonError(text: string): string | undefined {
  const at = jsonErrorAt(text)
  if (at === undefined) return undefined
  const before = text.slice(0, at).split('\n')
  const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1} (position ${at})`
  const found =
    at < text.length
      ? `unexpected ${JSON.stringify(String.fromCodePoint(text.codePointAt(at) ?? 0))}`
      : 'it ends too early'
  return `${found} at ${place}`
}

// JSON.parse reports positions differently in different versions of Node.js, and often not at all.
const blank = /[ \t\n\r]*/y
const scalar =
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const name = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"[ \t\n\r]*:/y

function jsonErrorAt(text: string): number | undefined {
  /** What closes the open objects and arrays. */
  const open: ('}' | ']')[] = []
  let at = 0
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at
    const taken = pattern.test(text)
    if (taken) at = pattern.lastIndex
    return taken
  }
  const takeSign = (sign: string): boolean => {
    take(blank)
    if (text[at] !== sign) return false
    at += 1
    return true
  }
  const takeName = (): boolean => take(blank) && (open.at(-1) === ']' || take(name))

  for (;;) {
    take(blank)
    const opened = takeSign('{') ? '}' : takeSign('[') ? ']' : undefined
    if (opened) {
      open.push(opened)
      if (!takeSign(opened)) {
        if (!takeName()) return at
        continue
      }
      open.pop()
    } else if (!take(scalar)) return at
    while (open.length > 0 && takeSign(open.at(-1) ?? '')) open.pop()
    if (open.length === 0) return take(blank) && at === text.length ? undefined : at
    if (!takeSign(',') || !takeName()) return at
  }
}
