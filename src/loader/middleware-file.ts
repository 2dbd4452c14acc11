import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { CommandMiddleware } from '../model/command.js'
import { ConfigError } from '../model/errors.js'
import { displayPath } from '../shared/display-path.js'
import { isRecord } from '../shared/json.js'
import { ownMember } from '../shared/own-properties.js'

/** The middleware file, `_use.ts` beside the commands; undefined if there is none. */
export async function findUseFile(root: string): Promise<string | undefined> {
  const names = (await readdir(root)).filter((name) => useFile.test(name)).sort()
  return names[0] === undefined ? undefined : join(root, names[0])
}

/** Whether `findUseFile` would find this file. */
export function isUseFile(root: string, file: string): boolean {
  return dirname(file) === root && useFile.test(basename(file))
}

const useFile = /^_use\.(?:ts|mts|js|mjs|cjs)$/

/** The file's default export: one middleware or a list. Throws ConfigError. */
export function readMiddleware(exported: unknown): readonly CommandMiddleware[] {
  const given = defaultOf(exported)
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  if (list.length > 0 && list.every(isMiddleware)) return list
  throw new ConfigError('its default export must be a function (call, next), or a list of them')
}

/** A CommonJS file with `exports.default` has an extra `default`. */
function defaultOf(exported: unknown): unknown {
  const inner = isRecord(exported) ? ownMember(exported, 'default') : undefined
  return isRecord(inner) ? ownMember(inner, 'default') : inner
}

function isMiddleware(value: unknown): value is CommandMiddleware {
  return typeof value === 'function'
}

/** Stands in for a middleware file that never loaded: its checks must not be skipped, so every call fails. */
export function missingMiddleware(file: string): CommandMiddleware {
  return () => {
    throw new Error(`${displayPath(file)} does not load, so no command can run`)
  }
}
