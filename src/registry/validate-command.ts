import type { Command } from '../model/command.js'
import { ConfigError } from '../model/errors.js'
import { unknownKey } from '../parsing/did-you-mean.js'
import { parseDuration } from '../parsing/duration.js'
import { asRecord, isRecord } from '../shared/json.js'
import { inheritedPart, ownMember, ownOnly } from '../shared/own-properties.js'

/** Finds the command among a file's exports and checks its shape, or throws ConfigError saying what is wrong. */
export function validateCommand(exported: unknown): Command {
  const match = defaultOf(exported)
  if (isThenable(match)) throw new ConfigError('its default export is a promise, not a command')
  if (typeof match === 'function') {
    throw new ConfigError('its default export is a function: export { summary, run } with the function as run')
  }
  if (!isRecord(match)) throw new ConfigError('it has no default export that is a command')
  const fault = faultOf(match)
  if (fault) throw new ConfigError(fault)
  return ownOnly(match) as unknown as Command
}

function defaultOf(exported: unknown): unknown {
  if (!isRecord(exported) || typeof ownMember(exported, 'run') === 'function') return exported
  const inner = ownMember(exported, 'default')
  // A CommonJS file with `exports.default` comes with one `default` more.
  const more =
    isRecord(inner) && typeof ownMember(inner, 'run') !== 'function' ? ownMember(inner, 'default') : undefined
  return isRecord(more) ? more : inner
}

function faultOf(match: Readonly<Record<string, unknown>>): string | undefined {
  const inherited = inheritedPart(match, known)
  if (inherited) return `${inherited} must stand in the definition itself: what it inherits is not read`
  const wrong = checks.find(([name, fits]) => !fits(ownMember(match, name)))
  if (wrong) return `${wrong[0]} ${wrong[2]}`
  const { users } = ownOnly(asRecord(ownMember(match, 'allow')))
  const called = isTexts(users) ? users.find((user) => user.startsWith('@')) : undefined
  if (called) return `allow: users are known by id, because names can be changed: ${called}`
  // A part that was misspelt would be left out without a word: `alow` would allow everybody.
  return unknownKey(Object.keys(match), known)
}

type Check = readonly [name: string, fits: (value: unknown) => boolean, otherwise: string]

const isWord = (value: unknown) => typeof value === 'string' && /^[\p{L}\p{N}][\p{L}\p{N}_.+-]{0,63}$/u.test(value)
const isWords = (value: unknown) => Array.isArray(value) && value.every(isWord)
const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')
const isFlag = optional((value) => typeof value === 'boolean')

function optional(fits: Check[1]): Check[1] {
  return (value) => value === undefined || fits(value)
}

const checks: readonly Check[] = [
  ['run', (value) => typeof value === 'function', 'is missing: it must be a function'],
  ['summary', (value) => typeof value === 'string' && value.trim() !== '', 'is missing: it must be a string'],
  ['aliases', optional(isWords), 'must be a list of single words'],
  ['options', optional(isRecord), 'must be an object of options by name'],
  ['examples', optional(isTexts), 'must be a list of strings'],
  ['timeout', optional(isTime), 'must be milliseconds, or a string such as 2m'],
  ['allow', optional(isAllow), 'must hold lists of users, roles, rooms or tenants, or a function `when`'],
  ['cooldown', optional(isCooldown), 'must be { every: 30s, per: user, room or tenant }'],
  ['confirm', isConfirm, 'must be true, a question, or { question, by }'],
  ['schedule', isSchedules, "must be cron such as '0 9 * * 1-5', { cron, zone, rooms, options }, or a list of them"],
  ['idempotent', isFlag, 'must be true or false'],
  ['hidden', isFlag, 'must be true or false'],
]

const known = checks.map(([name]) => name)

/** setTimeout takes no more than this. */
const longest = 2 ** 31 - 1

function isTime(value: unknown): boolean {
  const milliseconds = toMilliseconds(value)
  return milliseconds !== undefined && milliseconds > 0 && milliseconds <= longest
}

/** Reads a command's own times: milliseconds, or text such as `2m`. */
export function toMilliseconds(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'string' ? parseDuration(value) : undefined
}

function isAllow(value: unknown): boolean {
  if (!isRecord(value)) return false
  const known = ['users', 'roles', 'rooms', 'tenants', 'when']
  // A misspelt list would allow everybody, and so would one that is inherited, for that is not read.
  if (!Object.keys(value).every((key) => known.includes(key)) || inheritedPart(value, known)) return false
  const { when, ...lists } = ownOnly(value)
  if (when !== undefined && typeof when !== 'function') return false
  return Object.values(lists).every((list) => list === undefined || isTexts(list))
}

function isCooldown(value: unknown): boolean {
  const { every, per } = ownOnly(asRecord(value))
  return isTime(every) && (per === undefined || per === 'user' || per === 'room' || per === 'tenant')
}

function isSchedules(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) ? value : [value]).every(isSchedule)
}

function isSchedule(value: unknown): boolean {
  if (typeof value === 'string') return true
  if (!isRecord(value)) return false
  const { cron, zone, rooms, options, ...others } = ownOnly(value)
  // A misspelt `zone` would be hours off.
  if (Object.keys(others).length > 0 || typeof cron !== 'string') return false
  if (zone !== undefined && typeof zone !== 'string') return false
  return (rooms === undefined || isTexts(rooms)) && (options === undefined || isRecord(options))
}

function isConfirm(value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean' || typeof value === 'string') return true
  if (!isRecord(value)) return false
  const { question, by, ...others } = ownOnly(value)
  // A misspelt `by` would let everybody say yes to themselves, and so would one that is inherited.
  if (Object.keys(others).length > 0 || inheritedPart(value, ['question', 'by'])) return false
  return (question === undefined || typeof question === 'string') && (by === undefined || isTexts(by))
}

function isThenable(value: unknown): boolean {
  return isRecord(value) && typeof value['then'] === 'function'
}
