import { readdir, stat } from 'node:fs/promises'
import { join, parse, resolve } from 'node:path'
import { isModuleFile } from '../../loader/find-command-files.js'
import { ConfigError } from '../../model/errors.js'
import { codeOf } from '../../shared/error-details.js'

/** The hook files of a directory by name; none if the directory is optional and missing. Throws ConfigError. */
export async function findHookFiles(dir: string, required: boolean): Promise<readonly string[]> {
  const root = resolve(dir)
  try {
    const names = (await readdir(root)).filter(isModuleFile).sort()
    const files = await Promise.all(names.map(async (name) => ((await isFile(join(root, name))) ? [name] : [])))
    return files.flat().map((name) => join(root, name))
  } catch (error) {
    if (codeOf(error) === 'ENOENT' && !required) return []
    throw new ConfigError(`HOOKS_DIR: ${root} is not a readable directory.`, { cause: error })
  }
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false // removed meanwhile, or a broken link
}

/** `hooks/GitHub.ts` is `github`. Throws ConfigError for names that would need encoding in an address. */
export function hookNameOf(file: string): string {
  const name = parse(file).name.toLowerCase()
  if (/^[a-z0-9][a-z0-9_.-]{0,63}$/.test(name)) return name
  throw new ConfigError(`${JSON.stringify(name)} cannot be a hook's name: use letters from a to z, digits, and . _ -`)
}
