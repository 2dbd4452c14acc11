import { existsSync } from 'node:fs'
import { basename, relative, resolve } from 'node:path'
import { commandNameOf, isModuleFile } from '../../loader/find-command-files.js'
import type { BrokenFile } from '../../loader/reloadable-files.js'
import { displayPath } from '../../shared/display-path.js'

/** What the people in the rooms are told of the author's files. */
export interface CommandFiles {
  /** Takes in which files are broken after a change, and gives what is new of them. */
  update(changed: readonly string[], broken: readonly BrokenFile[]): readonly string[]
  /** What somebody who types this line should know, where the file that it calls is broken. */
  hintFor(line: string): string | undefined
}

/** Remembers what is broken. */
export function createCommandFiles(commandsDir: string): CommandFiles {
  const root = resolve(commandsDir)
  let broken = new Map<string, BrokenFile>()

  return {
    update(changed, now) {
      const before = broken
      broken = new Map(now.map((one) => [one.file, one]))
      const known = (file: string) => before.has(file) || isModuleFile(basename(file))
      const gone = changed.filter((file) => known(file) && !existsSync(file))
      const mended = [...before.keys()].filter((file) => !broken.has(file) && existsSync(file))
      return [
        ...now.filter(({ file, message }) => before.get(file)?.message !== message).map(describe),
        ...gone.map((file) => `${displayPath(file)} is gone.`),
        ...mended.map((file) => `${displayPath(file)} is fixed.`),
      ]
    },

    hintFor(line) {
      const words = `${line.trim().slice(1).toLowerCase().split(/\s+/).join(' ')} `
      const named = [...broken.values()].map((one) => ({ ...one, name: nameOf(one.file) }))
      const called = named.filter(({ name }) => name !== undefined && words.startsWith(`${name} `))
      const [found] = called.sort((one, other) => (other.name?.length ?? 0) - (one.name?.length ?? 0))
      return found && `/${found.name} is broken. ${describe(found)}`
    },
  }

  function nameOf(file: string): string | undefined {
    if (relative(root, file).startsWith('..')) return undefined
    try {
      return commandNameOf(root, file)
    } catch {
      return undefined
    }
  }
}

function describe({ message, serves }: BrokenFile): string {
  return serves ? `${message} (the last working version stays in use)` : message
}
