import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { UnavailableError } from '../model/errors.js'
import { isStillAt } from '../shared/files.js'

/** Notices that a file of the store was removed, moved away or replaced while it is open: what is written then is lost. */
export interface FileWatch {
  /** Looks now, and gives the path of one that is not there. */
  look(): string | undefined
  /** The path of one that was not there when it was last looked. */
  readonly missing: string | undefined
  /** Also asks this, until the function that it gives back is called. */
  add(findMissing: () => string | undefined): () => void
}

/** Watches files that are open by now; nothing is looked at until somebody asks. */
export function createFileWatch(paths: readonly string[]): FileWatch {
  const files = paths.map((path) => ({ path, opened: statSync(path) })) // their numbers stay taken while they are open
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

/** Why nothing is written while the file at `path` is missing. */
export function fileMissing(path: string): UnavailableError {
  return new UnavailableError(
    `The store cannot be written: ${basename(path)} was removed while the bot is running. Put it back, or restart the bot.`,
    5,
  )
}
