import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { UnavailableError } from '../model/errors.js'
import { isStillAt } from '../shared/files.js'

/** Notices that a file of the store was removed, moved away or replaced while it is open: what is written then is lost. */
export interface FileWatch {
  /** Looks now, and gives the path of one that is not there. */
  look(): string | undefined
  /** Throws UnavailableError where one was not there when it was last looked. */
  assertPresent(): void
  /** Also asks this, until the function that it gives back is called. */
  add(findMissing: () => string | undefined): () => void
}

/** Watches files that are open by now; nothing is looked at until somebody asks. */
export function createFileWatch(paths: readonly string[]): FileWatch {
  const files = paths.map((path) => ({ path, opened: statSync(path) })) // their numbers stay taken while they are open
  const asked = new Set([() => files.find(({ path, opened }) => !isStillAt(path, opened))?.path])
  let missing: string | undefined
  return {
    look() {
      missing = undefined
      for (const findMissing of asked) missing ??= findMissing()
      return missing
    },
    assertPresent() {
      if (missing === undefined) return
      throw new UnavailableError(
        `The store cannot be written: ${basename(missing)} was removed while the bot runs. Put it back, or restart the bot.`,
        5,
      )
    },
    add(findMissing) {
      asked.add(findMissing)
      return () => void asked.delete(findMissing)
    },
  }
}
