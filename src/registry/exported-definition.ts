import { ConfigError } from '../model/errors.js'
import { isRecord } from '../shared/json.js'
import { ownMember } from '../shared/own-properties.js'

/** The default export of a command or hook file: an object, not validated yet. Throws ConfigError. */
export function exportedDefinition(exported: unknown, noun: 'command' | 'hook'): Readonly<Record<string, unknown>> {
  const match = defaultOf(exported)
  if (isThenable(match)) throw new ConfigError(`its default export is a promise, not a ${noun}`)
  if (typeof match === 'function') {
    throw new ConfigError('its default export is a function: export { summary, run } with the function as run')
  }
  if (!isRecord(match)) throw new ConfigError(`it has no default export that is a ${noun}`)
  return match
}

function defaultOf(exported: unknown): unknown {
  if (!isRecord(exported) || typeof ownMember(exported, 'run') === 'function') return exported
  const inner = ownMember(exported, 'default')
  // A CommonJS file with `exports.default` has an extra `default`.
  const more =
    isRecord(inner) && typeof ownMember(inner, 'run') !== 'function' ? ownMember(inner, 'default') : undefined
  return isRecord(more) ? more : inner
}

function isThenable(value: unknown): boolean {
  return isRecord(value) && typeof value['then'] === 'function'
}
