import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import { loadCommands } from '../load-commands.js'
import type { Subcommand } from '../subcommand.js'

/** `slashroom check`: do all command files load? */
export const check: Subcommand = {
  summary: 'Loads every command file and names those that are broken',
  usage: '[--json]',
  options: { '--json': 'prints the report as JSON' },
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } })
    const config = readConfig(process.env)
    const { registry, policy, report } = await loadCommands(config)
    const idle = policy.unusedRules(registry.list())
    for (const { line, name } of idle) {
      console.error(
        `${config.policyFile ?? 'policy.yaml'}:${line}: a rule is about “${name}”, and there is no such command`,
      )
    }
    if (values.json) console.log(JSON.stringify({ ...report, idle }, null, 2))
    else
      console.log(
        `${count(report.commands, 'command')} good, ${count(new Set(report.broken.map(({ file }) => file)).size, 'file')} broken`,
      )
    return report.broken.length > 0 ? 1 : 0
  },
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
