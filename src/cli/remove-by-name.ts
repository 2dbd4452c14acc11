import { printError } from './print-error.js'
import { printJson } from './print-json.js'

interface Removal {
  /** What is removed; also the name of its subcommand. */
  readonly noun: 'alias' | 'token'
  /** The beginning of the printed line. */
  readonly done: 'Removed' | 'Revoked'
  readonly json: boolean
  /** Resolves with false if there is none with this name. */
  readonly remove: (name: string) => Promise<boolean>
}

/** Removes the named items, prints each, and resolves with the exit code: 1 if one was missing. */
export async function removeByName(names: readonly string[], { noun, done, json, remove }: Removal): Promise<number> {
  const missing: string[] = []
  for (const name of names) {
    if (!(await remove(name))) missing.push(JSON.stringify(name))
    else if (json) printJson({ name, [done.toLowerCase()]: true })
    else console.log(`${done} "${name}".`)
  }
  if (missing.length === 0) return 0
  return printError(`there is no ${noun} ${missing.join(', ')}. "slashroom ${noun} list" shows what there is.`, 1)
}
