import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { commandNameOf } from '../loader/find-command-files.js'
import { ConfigError } from '../model/errors.js'
import { displayPath } from '../shared/display-path.js'
import { commandTemplate, testTemplate } from './templates/command.js'

/** A command that was written, and its test. */
export interface WrittenCommand {
  readonly name: string
  readonly file: string
  readonly test: string
}

/** Writes a command file and its test; paths as they are called from here. Throws ConfigError where one is there already. */
export async function writeCommand(path: string, commandsDir: string): Promise<WrittenCommand> {
  const root = resolve(commandsDir)
  const file = fileOf(root, path)
  const name = commandNameOf(root, file)
  const test = testOf(file)
  const there = [...sameCommandFiles(file), test].find((one) => existsSync(one))
  if (there !== undefined) throw new ConfigError(`${displayPath(there)} is there already, and is left as it is.`)
  const specifier = toSpecifier(relative(dirname(test), file))
  for (const [to, text] of [
    [file, commandTemplate(name)],
    [test, testTemplate(name, specifier)],
  ] as const) {
    await mkdir(dirname(to), { recursive: true })
    await writeFile(to, text, { flag: 'wx' })
  }
  return { name, file: displayPath(file), test: displayPath(test) }
}

/** `deploy/status`, `/deploy status` and `commands/deploy/status.ts` all mean the same. */
function fileOf(root: string, path: string): string {
  const words = path
    .replace(/\.[mc]?[jt]s$/, '')
    .split(/[\s/\\]+/)
    .filter(Boolean)
  const given = words.join(sep)
  const inside = `${relative('.', root)}${sep}`
  const file = join(root, `${given.startsWith(inside) ? given.slice(inside.length) : given}.ts`)
  if (words.includes('..') || words.some((word) => word.startsWith('_')) || words.length === 0) {
    throw new ConfigError(`${JSON.stringify(path)} cannot be a command's name; write it as deploy/status.`)
  }
  return file
}

/** Every file that would be the same command. */
function sameCommandFiles(file: string): readonly string[] {
  const stem = file.replace(/\.ts$/, '')
  const other = stem.endsWith(`${sep}index`) ? dirname(stem) : join(stem, 'index')
  return [stem, other].flatMap((path) => ['.ts', '.mts', '.js', '.mjs', '.cjs'].map((ending) => path + ending))
}

/** Below test/, at the same path; beside the command where that is not below here. */
function testOf(file: string): string {
  const path = relative('.', file).replace(/\.ts$/, '.test.ts')
  return path.startsWith('..') ? file.replace(/\.ts$/, '.test.ts') : resolve('test', path)
}

function toSpecifier(path: string): string {
  const plain = path.replaceAll(sep, '/').replace(/\.ts$/, '.js')
  return plain.startsWith('.') ? plain : `./${plain}`
}
