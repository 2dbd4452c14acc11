import type { Command } from '../model/command.js'
import { parseDuration } from '../parsing/duration.js'
import { createFaultList } from '../parsing/error-collector.js'
import { type OtherWords, unknownParts } from '../parsing/unknown-keys.js'
import { asRecord, isRecord } from '../shared/json.js'
import { inheritedPart, ownMember, ownOnly } from '../shared/own-properties.js'
import { compileParts } from './compile-parts.js'
import { exportedDefinition } from './exported-definition.js'
import { ownDefinition } from './own-definition.js'

/** Finds the command in a file's exports and checks its shape. Throws ConfigError, which names all mistakes. */
export function validateCommand(exported: unknown): Command {
  const match = exportedDefinition(exported, 'command')
  const faults = createFaultList()
  const wrong = faultsIn(match)
  for (const { message } of wrong) faults.add(message)
  // Valid parts are compiled too, to report all mistakes together.
  if (wrong.length > 0) faults.attempt(() => compileParts('command', without(match, wrong)))
  const error = faults.error()
  if (error) throw error
  return ownOnly(match) as unknown as Command
}

interface Fault {
  readonly part: string
  readonly message: string
}

function without(match: Definition, wrong: readonly Fault[]): Command {
  const right = Object.entries(match).filter(([name]) => !wrong.some(({ part }) => part === name))
  return ownDefinition(Object.fromEntries(right) as unknown as Command)
}

type Definition = Readonly<Record<string, unknown>>

function faultsIn(match: Definition): readonly Fault[] {
  const inherited = inheritedPart(match, known)
  if (inherited) {
    return [
      { part: inherited, message: `${inherited} must stand in the definition itself: what it inherits is not read` },
    ]
  }
  const wrong = checks.flatMap(([part, fits, otherwise]) => {
    const unknown = unknownInside(part, ownMember(match, part))
    if (unknown.length > 0) return unknown.map((message) => ({ part, message: `${part}: ${message}` }))
    return fits(ownMember(match, part)) ? [] : [{ part, message: `${part} ${otherwise}` }]
  })
  const unknown = unknownParts(Object.keys(match), known, otherWords)
  return [...wrong, ...mentionsIn(match), ...unknown.map((message) => ({ part: '', message }))]
}

function mentionsIn(match: Definition): readonly Fault[] {
  const { users } = ownOnly(asRecord(ownMember(match, 'allow')))
  const called = isTexts(users) ? users.filter((user) => user.startsWith('@')) : []
  const reason = 'allow: list users by id, because names can be changed'
  return called.map((user) => ({ part: 'allow', message: `${reason}: ${user}` }))
}

const otherWords: OtherWords = {
  ...{ description: 'summary', desc: 'summary', describe: 'summary', help: 'summary', title: 'summary' },
  ...{ permission: 'allow', permissions: 'allow', access: 'allow', roles: 'allow', users: 'allow', allowed: 'allow' },
  ...{ handler: 'run', handle: 'run', execute: 'run', action: 'run', callback: 'run', usage: 'examples' },
  ...{ args: 'options', arguments: 'options', params: 'options', parameters: 'options', flags: 'options' },
  ...{ cron: 'schedule', ratelimit: 'cooldown', throttle: 'cooldown', confirmation: 'confirm', deadline: 'timeout' },
  name: 'the path of its file is its name',
}

/** Checks nested parts. A misspelled `users` would allow everybody, a misspelled `zone` would shift a schedule by hours. */
const inside: Readonly<Record<string, readonly string[]>> = {
  allow: ['users', 'roles', 'rooms', 'tenants', 'when'],
  cooldown: ['every', 'per'],
  confirm: ['question', 'by'],
  schedule: ['cron', 'zone', 'rooms', 'options'],
}

function unknownInside(part: string, value: unknown): readonly string[] {
  const parts = Object.hasOwn(inside, part) ? inside[part] : undefined
  return [value]
    .flat()
    .flatMap((one) => (parts && isRecord(one) ? unknownParts(Object.keys(one), parts, insideWords) : []))
}

const insideWords: OtherWords = {
  ...{ timezone: 'zone', tz: 'zone', text: 'question', message: 'question', channels: 'rooms', groups: 'roles' },
  ...{ approvers: 'by', who: 'by', ms: 'every', seconds: 'every', interval: 'every', scope: 'per' },
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
  ['timeout', optional(isTime), 'must be milliseconds, or a string like 2m'],
  [
    'allow',
    optional(isAllow),
    "must be 'anyone', or hold lists of users, roles, rooms or tenants, or a function `when`",
  ],
  ['cooldown', optional(isCooldown), 'must be { every: 30s, per: user, room or tenant }'],
  ['confirm', isConfirm, 'must be true, a question, or { question, by }'],
  [
    'schedule',
    isSchedules,
    "must be a cron expression like '0 9 * * 1-5', { cron, zone, rooms, options }, or a list of them",
  ],
  ['idempotent', isFlag, 'must be true or false'],
  ['hidden', isFlag, 'must be true or false'],
]

const known = checks.map(([name]) => name)

/** The longest delay that setTimeout supports. */
const longest = 2 ** 31 - 1

function isTime(value: unknown): boolean {
  const milliseconds = toMilliseconds(value)
  return milliseconds !== undefined && milliseconds > 0 && milliseconds <= longest
}

/** Reads a command's durations: milliseconds, or text such as `2m`. */
export function toMilliseconds(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'string' ? parseDuration(value) : undefined
}

function isAllow(value: unknown): boolean {
  if (value === 'anyone') return true
  // An inherited list would allow everybody, because it is not read.
  if (!isRecord(value) || inheritedPart(value, inside['allow'] ?? [])) return false
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
  const { cron, zone, rooms, options } = ownOnly(value)
  if (typeof cron !== 'string') return false
  if (zone !== undefined && typeof zone !== 'string') return false
  return (rooms === undefined || isTexts(rooms)) && (options === undefined || isRecord(options))
}

function isConfirm(value: unknown): boolean {
  if (value === undefined || typeof value === 'boolean' || typeof value === 'string') return true
  // An inherited `by` would let callers confirm their own calls, because it is not read.
  if (!isRecord(value) || inheritedPart(value, ['question', 'by'])) return false
  const { question, by } = ownOnly(value)
  return (question === undefined || typeof question === 'string') && (by === undefined || isTexts(by))
}
