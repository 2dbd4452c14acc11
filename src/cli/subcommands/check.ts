import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import { toPrintable } from '../../shared/printable.js'
import { loadCommands } from '../load-commands.js'
import { printJson } from '../print-json.js'
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
      const place = `${policy.file}:${line}`
      console.error(toPrintable(`${place}: a rule is about “${name}”, and there is no such command`))
    }
    const broken = new Set(report.broken.map(({ file }) => file)).size
    const summary = `${count(report.commands, 'command')} good, ${count(broken, 'file')} broken`
    if (values.json) printJson({ ...report, idle }, 2)
    else console.log(summary)
    return report.broken.length > 0 ? 1 : 0
  },
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
