import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { CommandMiddleware } from '../model/command.js'
import { ConfigError } from '../model/errors.js'
import { displayPath } from '../shared/display-path.js'
import { isRecord } from '../shared/json.js'
import { ownMember } from '../shared/own-properties.js'

/** The file of what every call goes through, `_use.ts` beside the commands; undefined where there is none. */
export async function findUseFile(root: string): Promise<string | undefined> {
  const names = (await readdir(root)).filter((name) => useFile.test(name)).sort()
  return names[0] === undefined ? undefined : join(root, names[0])
}

/** Whether a file is the one that `findUseFile` finds. */
export function isUseFile(root: string, file: string): boolean {
  return dirname(file) === root && useFile.test(basename(file))
}

const useFile = /^_use\.(?:ts|mts|js|mjs|cjs)$/

/** The middleware that the file exports by default: one, or a list. Throws ConfigError. */
export function readMiddleware(exported: unknown): readonly CommandMiddleware[] {
  const given = defaultOf(exported)
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (list.length > 0 && list.every(isMiddleware)) return list
  throw new ConfigError('its default export must be a function (call, next), or a list of them')
}

/** A CommonJS file with `exports.default` comes with one `default` more. */
function defaultOf(exported: unknown): unknown {
  const inner = isRecord(exported) ? ownMember(exported, 'default') : undefined
  return isRecord(inner) ? ownMember(inner, 'default') : inner
}

function isMiddleware(value: unknown): value is CommandMiddleware {
  return typeof value === 'function'
}

/** Stands for a file that has never loaded: what it was to check must not be passed by, so that every call fails. */
export function missingMiddleware(file: string): CommandMiddleware {
  return () => {
    throw new Error(`${displayPath(file)} is broken, and every call goes through it`)
  }
}
