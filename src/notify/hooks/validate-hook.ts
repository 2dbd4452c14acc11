import type { Hook } from '../../model/hook.js'
import { createFaultList } from '../../parsing/error-collector.js'
import { type OtherWords, unknownParts } from '../../parsing/unknown-keys.js'
import { exportedDefinition } from '../../registry/exported-definition.js'
import { inheritedPart, ownMember, ownOnly } from '../../shared/own-properties.js'

type Environment = Readonly<Record<string, string | undefined>>

/** Finds the hook in a file's exports, and checks its shape and that its secrets are set. Throws ConfigError. */
export function validateHook(exported: unknown, env: Environment): Hook {
  const match = exportedDefinition(exported, 'hook')
  const faults = createFaultList()
  faultsOf(match, env).forEach(faults.add)
  const error = faults.error()
  if (error) throw error
  return ownOnly(match) as unknown as Hook
}

function faultsOf(match: Readonly<Record<string, unknown>>, env: Environment): readonly string[] {
  const inherited = inheritedPart(match, known)
  if (inherited) return [`${inherited} must stand in the definition itself: what it inherits is not read`]
  const wrong = checks.filter(([name, fits]) => !fits(ownMember(match, name)))
  const verify = ownMember(match, 'verify')
  return [
    ...wrong.map(([name, , otherwise]) => `${name} ${otherwise}`),
    ...(verify !== undefined && ownMember(match, 'to') === undefined ? [noRooms] : []),
    ...unknownParts(Object.keys(match), known, otherWords),
    ...missingSecret(verify, env),
  ]
}

const noRooms = 'to is missing: with verify, there is no token that determines the rooms'

const otherWords: OtherWords = {
  ...{
    description: 'summary',
    title: 'summary',
    room: 'to',
    rooms: 'to',
    channel: 'to',
    handler: 'run',
    handle: 'run',
  },
  ...{ signature: 'verify', secret: 'verify', name: 'its address comes from the file’s name' },
}

type Check = readonly [name: string, fits: (value: unknown) => boolean, otherwise: string]

const checks: readonly Check[] = [
  ['run', (value) => typeof value === 'function', 'is missing: it must be a function'],
  ['summary', (value) => isText(value), 'is missing: it must be a string'],
  ['verify', (value) => value === undefined || typeof value === 'function', 'must be a function that throws'],
  [
    'to',
    (value) => value === undefined || isRooms(value),
    'must be a room, a list of rooms, or a function of the event',
  ],
]

const known = checks.map(([name]) => name)

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function isRooms(value: unknown): boolean {
  if (typeof value === 'function' || isText(value)) return true
  return Array.isArray(value) && value.length > 0 && value.every(isText)
}

/** A hook without its secret would refuse everything, and nobody would know why. */
function missingSecret(verify: unknown, env: Environment): readonly string[] {
  const secrets: unknown = typeof verify === 'function' && 'secrets' in verify ? verify.secrets : []
  // Not named, because it may be the secret itself.
  if (!Array.isArray(secrets) || !secrets.every(isVariable))
    return ['verify takes the name of an environment variable, like GITHUB_SECRET']
  const missing = secrets.filter((name) => !isText(ownMember(env, name)))
  return missing.map((name) => `${name} is not set: verify needs the secret that it holds`)
}

function isVariable(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Z][A-Z0-9_]{0,63}$/.test(value)
}
