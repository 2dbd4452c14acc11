import type { Config } from '../config.js'
import { createCommands } from '../dispatch/commands.js'
import * as authoring from '../index.js'
import { silentLog } from '../model/log.js'

/** Loads the command files without a bot around them. */
export async function loadCommands(config: Config) {
  const commands = createCommands({ dir: config.commandsDir, modules: { slashroom: authoring }, log: silentLog })
  const report = await commands.load()
  return { registry: commands.registry, report }
}
