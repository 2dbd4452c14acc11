import parseArguments from 'yargs-parser'
import { kebab } from '../shared/kebab.js'
import type { CompiledOption, CompiledOptions, MatchedTokens } from './compile-options.js'
import { nearest } from './did-you-mean.js'
import { quoteInput } from './quote-input.js'
import type { Word } from './tokenize.js'

/** One mistake in a line. The message is shown in the room. */
export interface ParseError {
  readonly kind: 'missing' | 'unknown' | 'value' | 'words' | 'twice'
  /** The option's name, if it is about one. */
  readonly option?: string
  readonly message: string
}

/** The strings given for each option; `undefined` for a name without a value. */
export interface BoundOptions {
  readonly texts: Texts
  readonly errors: readonly ParseError[]
}

type Texts = Map<CompiledOption, readonly (string | undefined)[]>

/** Assigns each word to the option that it is meant for. */
export function bindOptions(compiledOptions: CompiledOptions, line: string, words: readonly Word[]): BoundOptions {
  const whole = read(compiledOptions, words)
  const last = compiledOptions.positionals.at(-1)
  if (!last?.option.rest || last.many || whole.texts.has(last)) return place(compiledOptions, whole, words)
  // A rest option takes its text as typed, including options: it begins at the first word that no positional takes.
  const places = compiledOptions.positionals.length - 1
  for (let count = places; count >= 0; count--) {
    const start = whole.positions[count]
    if (start === undefined) continue
    const before = read(compiledOptions, words.slice(0, start))
    if (before.positions.length !== count) continue
    const free = compiledOptions.positionals.filter((one) => one !== last && !before.texts.has(one))
    if (free.length !== count || before.texts.has(last)) continue
    const text = line.slice(words[start]?.start).trimEnd()
    const placed = place(compiledOptions, before, words)
    placed.texts.set(last, [text])
    return placed
  }
  return place(compiledOptions, whole, words)
}

/** The result of yargs-parser: values of options, and the words that belong to none. */
interface Read {
  readonly texts: Texts
  readonly positions: readonly number[]
  readonly errors: readonly ParseError[]
}

/**
 * yargs-parser gets placeholders instead of words: an option is its key, any other word is `#` with its number. So nothing
 * that people type is read as syntax or becomes a key of an object. A key includes its word's number, because yargs-parser
 * copies all values of a key each time it gets another.
 */
function read(compiledOptions: CompiledOptions, words: readonly Word[]): Read {
  const { given, positions, unknown } = match(compiledOptions, toArguments(compiledOptions, words))
  const texts: Texts = new Map(given.map(([one, values]) => [one, values.map((value) => textOf(value, words))]))
  return { texts, positions, errors: unknown.map((index) => unknownOption(compiledOptions, words[index])) }
}

/**
 * Lines of the same shape are matched alike, and there are few shapes, so yargs-parser is called once per shape. Binding the
 * options of `web --env prod --count 3` takes 4 µs, compared to 47 without this (bench `tricks`).
 */
function match(compiledOptions: CompiledOptions, args: readonly string[]): MatchedTokens {
  if (args.length > longestShape) return matchAnew(compiledOptions, args)
  const name = args.join(' ')
  const found = compiledOptions.shapes.get(name)
  if (found) return found
  const shape = matchAnew(compiledOptions, args)
  if (compiledOptions.shapes.size >= mostShapes) compiledOptions.shapes.clear()
  compiledOptions.shapes.set(name, shape)
  return shape
}

const mostShapes = 64
const longestShape = 24

function matchAnew(compiledOptions: CompiledOptions, args: readonly string[]): MatchedTokens {
  const argv = parseArguments([...args], compiledOptions.settings)
  const keys = Object.keys(argv)
  const values = byOption(keys)
  const given = compiledOptions.options.flatMap((one) => {
    // A name without a value comes back as `true`, because yargs-parser does not know keys with a number.
    const valued = (values.get(one.key) ?? []).map((key) => (argv[key] === true ? undefined : argv[key]))
    const flags = [argv[one.flag]].flat().filter((value: unknown) => value !== undefined)
    return valued.length + flags.length > 0 ? [[one, [...valued, ...flags]] as const] : []
  })
  const unknown = keys.filter((key) => key.startsWith('u'))
  return {
    given,
    positions: argv._.map((reference) => Number(String(reference).slice(1))),
    unknown: unknown.slice(0, 5).map((key) => Number(key.slice(1))),
  }
}

/** The keys of each option's values, in the order they were typed. */
function byOption(keys: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const grouped = new Map<string, string[]>()
  for (const key of keys) {
    const [option] = /^o\d+(?=x)/.exec(key) ?? []
    const group = option === undefined ? undefined : grouped.get(option)
    if (group) group.push(key)
    else if (option !== undefined) grouped.set(option, [key])
  }
  return grouped
}

function textOf(value: unknown, words: readonly Word[]): string | undefined {
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  const [, index, from] = /^#(\d+)(?::(\d+))?$/.exec(String(value)) ?? []
  return index === undefined ? undefined : words[Number(index)]?.text.slice(Number(from ?? 0))
}

function toArguments(compiledOptions: CompiledOptions, words: readonly Word[]): string[] {
  const argv: string[] = []
  let ended = false
  for (const [index, word] of words.entries()) {
    const plain = word.plain === word.text.length
    if (ended) argv.push(`#${index}`)
    else if (plain && word.text === '--') ended = argv.push('--') > 0
    // A yes or no after a boolean's name is its value; yargs-parser handles that.
    else if (plain && /^--f\d+$/.test(argv.at(-1) ?? '') && /^(?:true|false)$/i.test(word.text)) {
      argv.push(word.text.toLowerCase())
    } else argv.push(...(asOption(compiledOptions, word, index) ?? [`#${index}`]))
  }
  return argv
}

/** An option's word as yargs-parser gets it; undefined for a value. */
function asOption(compiledOptions: CompiledOptions, word: Word, index: number): readonly string[] | undefined {
  const typed = word.text.slice(0, Math.max(0, word.plain))
  const [, dashes = '', name = '', sign = ''] = /^(-{0,2})([\p{L}_][^\s=＝:：]*)([=＝:：]?)/u.exec(typed) ?? []
  if (name === '') return dashes === '' && /^--./.test(typed) ? [`--u${index}`] : undefined
  const from = dashes.length + name.length + sign.length
  const value = sign === '' ? undefined : `#${index}:${from}`
  const known = compiledOptions.byName.get(name.toLowerCase())
  if (dashes === '') return known && /^[:：]$/.test(sign) ? byColon(known, word, index, from) : undefined
  if (known) return [flagOrValue(known, index, value)]
  const denied = /^no-(.+)$/i.exec(name)?.[1]
  const off = denied === undefined ? undefined : compiledOptions.byName.get(denied.toLowerCase())
  if (off?.option.type === 'boolean' && value === undefined) return [`--no-${off.flag}`]
  const unknown = [`--u${index}${value === undefined ? '' : `=${value}`}`]
  return (dashes === '-' ? letters(compiledOptions, name, value, index) : undefined) ?? unknown
}

/** `env:prod`, and `env: prod`; an address such as `env://…` is not an option. */
function byColon(known: CompiledOption, word: Word, index: number, from: number): readonly string[] | undefined {
  const text = word.text.slice(from)
  if (text.startsWith('//')) return undefined
  const bare = text === '' && word.plain === word.text.length
  return [flagOrValue(known, index, bare ? undefined : `#${index}:${from}`)]
}

function flagOrValue(known: CompiledOption, index: number, value?: string): string {
  if (value !== undefined) return `--${known.key}x${index}=${value}`
  return `--${known.option.type === 'boolean' ? known.flag : `${known.key}x${index}`}`
}

/** `-ve prod` and `-eprod`: combined letters; the last one may be followed by its value. */
function letters(
  compiledOptions: CompiledOptions,
  name: string,
  value: string | undefined,
  index: number,
): readonly string[] | undefined {
  const argv: string[] = []
  for (let at = 0; at < name.length && at <= compiledOptions.options.length; at++) {
    const known = compiledOptions.byName.get(name.charAt(at).toLowerCase())
    if (!known) return undefined
    const last = at === name.length - 1
    if (last) return [...argv, flagOrValue(known, index, value)]
    if (known.option.type !== 'boolean') return [...argv, `--${known.key}x${index}=#${index}:${at + 2}`]
    argv.push(flagOrValue(known, index))
  }
  return undefined
}

function unknownOption(compiledOptions: CompiledOptions, word: Word | undefined): ParseError {
  const typed = /^[^=＝:：]*/.exec(word?.text ?? '')?.[0] ?? ''
  const near = nearest(typed.replace(/^-+/, ''), compiledOptions.names)
  const meant = near === undefined ? undefined : compiledOptions.byName.get(near)
  const hint = meant ? ` Did you mean --${near === meant.name.toLowerCase() ? kebab(meant.name) : near}?` : ''
  return { kind: 'unknown', message: `There is no option ${quoteInput(typed)}.${hint}` }
}

/** Assigns words that no option took to the positionals, in order. */
function place(
  { positionals }: CompiledOptions,
  { texts, positions, errors }: Read,
  words: readonly Word[],
): BoundOptions {
  const left = positions.map((position) => words[position]?.text ?? '')
  for (const one of positionals) {
    if (left.length === 0) break
    if (one.many) texts.set(one, [...(texts.get(one) ?? []), ...left.splice(0)])
    else if (!texts.has(one)) texts.set(one, [left.shift()])
  }
  return { texts, errors: left.length > 0 ? [...errors, tooMany(left)] : errors }
}

function tooMany(left: readonly string[]): ParseError {
  const message = left.length === 1 ? 'There is a word too many' : `There are ${left.length} words too many`
  return { kind: 'words', message: `${message}: ${quoteInput(left.slice(0, 20).join(' '))}.` }
}
