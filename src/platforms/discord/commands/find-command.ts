import type { Catalog, LoadedCommand } from '../../../model/command.js'
import type { Option } from '../../../model/option.js'
import { kebab } from '../../../shared/kebab.js'

/** Finds a command by its registered words. */
export type FindCommand = (path: string) => LoadedCommand | undefined

/** Creates the finder; its index is built once until the commands change. */
export function createFindCommand(catalog: Catalog): FindCommand {
  let index: ReadonlyMap<string, LoadedCommand> | undefined
  catalog.onChange(() => {
    index = undefined
  })
  return (path) => {
    index ??= new Map(catalog.list().map((loaded) => [loaded.name.toLowerCase(), loaded]))
    return index.get(path)
  }
}

/** The option registered as `registered`: the service allows only lower case. */
export function findOption(loaded: LoadedCommand | undefined, registered: string): Option | undefined {
  const options = Object.entries(loaded?.command.options ?? {})
  return options.find(([name]) => kebab(name) === registered)?.[1]
}
