import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { UnavailableError } from '../model/errors.js'
import { isStillAt } from '../shared/files.js'

/** Detects that an open file of the store was removed, moved or replaced, because everything written to it would be lost. */
export interface FileWatch {
  /** Checks now and returns the path of a missing file. */
  look(): string | undefined
  /** The path of a file that was missing at the last check. */
  readonly missing: string | undefined
  /** Adds another check; returns a function that removes it. */
  add(findMissing: () => string | undefined): () => void
}

/** Watches open files; nothing is checked until somebody asks. */
export function createFileWatch(paths: readonly string[]): FileWatch {
  const files = paths.map((path) => ({ path, opened: statSync(path) })) // inodes are not reused while the files are open
  const asked = new Set([() => files.find(({ path, opened }) => !isStillAt(path, opened))?.path])
  const watch = {
    missing: undefined as string | undefined,
    look() {
      watch.missing = undefined
      for (const findMissing of asked) watch.missing ??= findMissing()
      return watch.missing
    },
    add(findMissing: () => string | undefined) {
      asked.add(findMissing)
      return () => void asked.delete(findMissing)
    },
  }
  return watch
}

/** The error for writes while the file at `path` is missing. */
export function fileMissing(path: string): UnavailableError {
  return new UnavailableError(
    `The store cannot be written: ${basename(path)} was removed while the bot is running. Put it back, or restart the bot.`,
    5,
  )
}
