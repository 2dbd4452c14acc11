import { readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { ConfigError } from '../model/errors.js'

/** All command files below a directory, in the order of their paths. Throws ConfigError. */
export async function findCommandFiles(root: string): Promise<readonly string[]> {
  const found: string[] = []
  const seen = new Set<string>()
  async function visit(dir: string): Promise<void> {
    const real = await realpath(dir)
    if (seen.has(real)) return
    seen.add(real)
    for (const item of await readdir(dir, { withFileTypes: true })) {
      const path = join(dir, item.name)
      const kind = item.isSymbolicLink() ? await stat(path).catch(() => item) : item
      if (kind.isDirectory() && !/^[_.]|^node_modules$/.test(item.name)) await visit(path)
      else if (kind.isFile() && isModuleFile(item.name)) found.push(path)
    }
  }
  try {
    await visit(root)
  } catch (error) {
    throw new ConfigError(`COMMANDS_DIR: ${root} is not a readable directory.`, { cause: error })
  }
  return found.sort()
}

/** Whether a file with this name in a directory of commands or hooks is loaded. */
export function isModuleFile(name: string): boolean {
  return /^(?![_.])(?!.*\.d\.[mc]?ts$)(?!.*\.test\.).*\.(?:ts|mts|js|mjs|cjs)$/s.test(name)
}

/** `deploy/status.ts` is `deploy status`; `deploy/index.ts` is `deploy`. Throws ConfigError. */
export function commandNameOf(root: string, file: string): string {
  const words = relative(root, file)
    .replace(/\.[^.]+$/, '')
    .normalize('NFC') // some file systems store an umlaut as two characters; people type one
    .toLowerCase()
    .split(sep)
  if (words.at(-1) === 'index') words.pop()
  if (words.length === 0) throw new ConfigError('an index file at the top of COMMANDS_DIR has no name')
  const odd = words.find((word) => !/^[\p{L}\p{N}][\p{L}\p{N}_.+-]{0,63}$/u.test(word))
  if (odd === undefined) return words.join(' ')
  throw new ConfigError(`${JSON.stringify(odd)} cannot be a command name: use letters, digits, and . _ + -`)
}
