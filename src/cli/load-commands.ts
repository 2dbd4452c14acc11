import type { Config } from '../config.js'
import { createCommands } from '../dispatch/commands.js'
import { readPolicy } from '../dispatch/policy-file.js'
import * as authoring from '../index.js'
import { silentLog } from '../model/log.js'

/** Loads the command files without a bot around them. */
export async function loadCommands(config: Config) {
  const policy = await readPolicy(config.policyFile)
  const modules = { slashroom: authoring }
  const commands = createCommands({ dir: config.commandsDir, modules, policy, log: silentLog })
  const report = await commands.load()
  return { registry: commands.registry, report }
}
