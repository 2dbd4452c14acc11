import { existsSync, readFileSync } from 'node:fs'
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ConfigError } from '../model/errors.js'
import { codeOf } from '../shared/error-details.js'
import { packageFile } from '../shared/package-path.js'
import { botTemplate } from './templates/bot.js'
import type { Language } from './templates/language.js'

/** Options for a new bot. */
export interface NewBotOptions {
  /** The tarball to install slashroom from instead of the registry. */
  readonly tarball: string | undefined
  /** The names of its platforms. */
  readonly platforms: readonly string[]
  readonly language: Language
}

/** Writes a new bot into `dir` and returns the paths of its files. Throws ConfigError if a file is in the way. */
export async function writeBot(dir: string, { tarball, ...choices }: NewBotOptions): Promise<readonly string[]> {
  await checkEmpty(dir)
  if (tarball !== undefined) checkTarball(tarball)
  const own = readOwn('package.json')
  const { version, devDependencies } = JSON.parse(own) as Manifest // our own file
  const files = botTemplate({
    name: toName(basename(resolve(dir))),
    ...choices,
    slashroom: tarball === undefined ? `^${version}` : `file:${basename(tarball)}`,
    versions: devDependencies,
    descriptor: JSON.parse(readOwn('descriptor.json')),
  })
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true })
    await writeFile(join(dir, path), text)
  }
  if (tarball === undefined) return Object.keys(files)
  await copyFile(tarball, join(dir, basename(tarball)))
  return [...Object.keys(files), basename(tarball)]
}

interface Manifest {
  readonly version: string
  readonly devDependencies: Readonly<Record<string, string>>
}

async function checkEmpty(dir: string): Promise<void> {
  const there = await readdir(dir).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return []
    throw new ConfigError(`${dir} is not a readable folder.`, { cause: error })
  })
  // A repository that was just created and cloned counts as empty.
  const inTheWay = there.filter((name) => name !== '.git')
  if (inTheWay.length === 0) return
  throw new ConfigError(
    `${dir} is not empty: ${inTheWay.slice(0, 3).join(', ')} would be in the way. Choose a new folder.`,
  )
}

function checkTarball(file: string): void {
  if (!existsSync(file)) throw new ConfigError(`--from: ${file} does not exist. Create it with "npm pack".`)
  if (!/\.t(ar\.)?gz$/.test(file)) throw new ConfigError(`--from: ${file} is not a .tgz file.`)
}

function readOwn(name: string): string {
  return readFileSync(packageFile(name), 'utf8')
}

/** A valid npm package name that is also a valid HipChat key. */
function toName(folder: string): string {
  const plain = folder
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 40)
    .replace(/-+$/, '')
  return plain || 'bot'
}
