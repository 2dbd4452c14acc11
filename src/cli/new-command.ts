import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { commandNameOf } from '../loader/find-command-files.js'
import { ConfigError, UsageError } from '../model/errors.js'
import { displayPath } from '../shared/display-path.js'
import { messageOf } from '../shared/error-details.js'
import { commandTemplate, testTemplate } from './templates/command.js'
import { endingOf, javascriptConfig, type Language } from './templates/language.js'

/** A new command and its test. */
export interface WrittenCommand {
  readonly name: string
  readonly file: string
  readonly test: string
}

/** Writes a command file and its test; the paths are relative to the working directory. Throws ConfigError if one exists, UsageError for an invalid name. */
export async function writeCommand(path: string, commandsDir: string): Promise<WrittenCommand> {
  const root = resolve(commandsDir)
  const file = fileOf(root, path, endingOf(languageHere()))
  const name = nameOf(root, file)
  const test = testOf(file)
  const there = [...sameCommandFiles(file), test].find((one) => existsSync(one))
  if (there !== undefined) throw new ConfigError(`${displayPath(there)} already exists, and was not changed.`)
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

function nameOf(root: string, file: string): string {
  try {
    return commandNameOf(root, file)
  } catch (error) {
    throw new UsageError(messageOf(error))
  }
}

/** `deploy/status`, `/deploy status` and `commands/deploy/status.ts` all mean the same. */
function fileOf(root: string, path: string, ending: string): string {
  const words = path
    .replace(/\.[mc]?[jt]s$/, '')
    .split(/[\s/\\]+/)
    .filter(Boolean)
  const given = words.join(sep)
  const inside = `${relative('.', root)}${sep}`
  const file = join(root, `${given.startsWith(inside) ? given.slice(inside.length) : given}${ending}`)
  if (words.includes('..') || words.some((word) => word.startsWith('_')) || words.length === 0) {
    throw new UsageError(`${JSON.stringify(path)} is not a valid command name; write it like deploy/status.`)
  }
  return file
}

/** The language that `slashroom new` used for the bot. */
function languageHere(): Language {
  return existsSync(javascriptConfig) && !existsSync('tsconfig.json') ? 'javascript' : 'typescript'
}

/** All files that would be the same command. */
function sameCommandFiles(file: string): readonly string[] {
  const stem = file.replace(/\.[jt]s$/, '')
  const other = stem.endsWith(`${sep}index`) ? dirname(stem) : join(stem, 'index')
  return [stem, other].flatMap((path) => ['.ts', '.mts', '.js', '.mjs', '.cjs'].map((ending) => path + ending))
}

/** Below test/ at the same path; next to the command if that is outside the working directory. */
function testOf(file: string): string {
  const path = relative('.', file).replace(/\.([jt]s)$/, '.test.$1')
  return path.startsWith('..') ? file.replace(/\.([jt]s)$/, '.test.$1') : resolve('test', path)
}

function toSpecifier(path: string): string {
  const plain = path.replaceAll(sep, '/').replace(/\.ts$/, '.js')
  return plain.startsWith('.') ? plain : `./${plain}`
}
