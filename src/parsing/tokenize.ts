/** One word of a line. */
export interface Word {
  /** Without quotes and invisible characters; a long dash before a letter is `--`. */
  readonly text: string
  /** How many characters of `text` come before the first quote; all of them if there is none. */
  readonly plain: number
  /** Its start in the line. */
  readonly start: number
  /** Its end in the line. */
  readonly end: number
}

/** Splits a line into words, allowing for what phones change; takes linear time and evaluates nothing. */
export function tokenize(line: string): readonly Word[] {
  return isPlain(line) ? splitAtSpaces(line) : tokenizeByCharacter(line)
}

/** Whether it has neither quotes nor anything but ASCII: as in most lines, which take a tenth of the time so (bench `tricks`). */
function isPlain(line: string): boolean {
  return /^[ !#-&(-~]*$/.test(line)
}

function splitAtSpaces(line: string): readonly Word[] {
  const words: Word[] = []
  let start = 0
  for (const text of line.split(' ')) {
    const end = start + text.length
    if (text !== '') words.push({ text, plain: text.length, start, end })
    start = end + 1
  }
  return words
}

function tokenizeByCharacter(line: string): readonly Word[] {
  const words: Word[] = []
  const unclosed = new Set<string>()
  let at = skipSpaces(line, 0)
  while (at < line.length) {
    const word = readWord(line, at, unclosed)
    if (word.text !== '' || word.plain < 0) words.push(meant(word, words.length === 0))
    at = skipSpaces(line, word.end)
  }
  return words
}

/** Families of quotes: any quote of a family closes any other, because people mix them. */
const families = new Map(['"“”„‟＂', "'‘’‚‛＇", '«»'].flatMap((family) => [...family].map((sign) => [sign, family])))

function skipSpaces(line: string, from: number): number {
  let at = from
  while (at < line.length && isSpace(line.charAt(at))) at++
  return at
}

/** Reads up to the next space outside quotes. `plain` is -1 if the word begins with a quote. */
function readWord(line: string, start: number, unclosed: Set<string>): Word {
  let text = ''
  let from = start // the part of the line that is not in the text yet
  let plain: number | undefined
  let quoteMayOpen = true
  let at = start
  while (at < line.length && !isSpace(line.charAt(at))) {
    const sign = line.charAt(at)
    const close = quoteMayOpen ? findClose(line, at, unclosed) : -1
    if (close > 0) {
      text += line.slice(from, at)
      plain ??= text === '' ? -1 : text.length
      text += line.slice(at + 1, close).replace(/\\(["'“”„‟＂‘’‚‛＇«»\\])/g, '$1')
      quoteMayOpen = false
      from = at = close + 1
    } else if (isInvisible(sign)) {
      text += line.slice(from, at)
      from = ++at
    } else {
      // A quote also opens after `--env=` and `env:`, but not in "it's".
      quoteMayOpen = plain === undefined && /[=＝:：]/.test(sign)
      at++
    }
  }
  text += line.slice(from, at)
  return { text, plain: plain ?? text.length, start, end: at }
}

/** Finds the closing quote for the one at `open`: the first of its family not followed by a letter or digit; -1 if there is none. */
function findClose(line: string, open: number, unclosed: Set<string>): number {
  const family = families.get(line.charAt(open))
  if (!family || unclosed.has(family)) return -1
  for (let at = open + 1; at < line.length; at++) {
    const sign = line.charAt(at)
    if (sign === '\\') at++
    else if (family.includes(sign) && !/[\p{L}\p{N}]/u.test(codePointAt(line, at + 1))) return at
  }
  // If nothing closes this one, nothing closes a later one. Not searching again keeps this linear.
  unclosed.add(family)
  return -1
}

function codePointAt(line: string, at: number): string {
  const code = line.codePointAt(at)
  return code === undefined ? '' : String.fromCodePoint(code)
}

/** Undoes what phones change at the start and the ends of a word. */
function meant(word: Word, first: boolean): Word {
  if (word.plain < 0) return { ...word, plain: 0 }
  const whole = word.plain === word.text.length
  const text = withDashes(whole ? withoutOuterJoiners(word.text) : word.text)
  const slashed = first ? text.replace(/^／/, '/') : text
  return { text: slashed, plain: word.plain + slashed.length - word.text.length, start: word.start, end: word.end }
}

function withoutOuterJoiners(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && joiners.includes(text.charAt(start))) start++
  while (end > start && joiners.includes(text.charAt(end - 1))) end--
  return text.slice(start, end)
}

const joiners = '\u200C\u200D'
const hyphens = '-‐‑﹣－'
const longDashes = '—–―−‒⸺⸻'
const leadingDashes = new RegExp(`^[${hyphens.replace('-', '\\-')}${longDashes}]+`)

/** `—env` is `--env`, `–5` is `-5`, and a lone dash is `--`, because phones combine two hyphens. */
function withDashes(text: string): string {
  const [dashes = ''] = leadingDashes.exec(text) ?? []
  if (dashes === '' || /^-+$/.test(dashes)) return text
  const rest = text.slice(dashes.length)
  const long = [...dashes].some((dash) => longDashes.includes(dash))
  if (/^\p{L}/u.test(rest)) return `${long ? '--' : '-'.repeat(dashes.length)}${rest}`
  if (/^[\d.]/.test(rest) && dashes.length === 1) return `-${rest}`
  return text === '—' ? '--' : text
}

function isSpace(sign: string): boolean {
  return sign !== '\uFEFF' && (/\s/.test(sign) || sign === '\u0085' || sign === '\u180E')
}

/** Characters that are never typed on purpose: controls, soft hyphens, zero-width and direction marks. Emoji joiners stay. */
function isInvisible(sign: string): boolean {
  return /[\u0000-\u001F\u007F-\u009F\u00AD\u061C\u200B\u200E\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/.test(
    sign,
  )
}
