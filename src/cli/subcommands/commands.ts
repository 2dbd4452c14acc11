import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import { formatSchedule } from '../../registry/cron-schedule.js'
import { displayPath } from '../../shared/display-path.js'
import { loadCommands } from '../load-files.js'
import { printJson } from '../print-json.js'
import type { Subcommand } from '../subcommand.js'
import { table } from '../table.js'

/** `slashroom commands`: lists the commands. */
export const commands: Subcommand = {
  summary: 'Lists the commands: name, aliases, schedule, summary, file',
  usage: '[--json]',
  options: { '--json': 'print the list as JSON' },
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } })
    const { registry } = await loadCommands(readConfig(process.env))
    const rows = registry.list().map(({ name, names, command, file, schedules }) => ({
      name: `/${name}`,
      aliases: names.slice(1).map((alias) => `/${alias}`),
      schedule: schedules.map(formatSchedule),
      summary: command.summary,
      file: file ? displayPath(file) : 'built in',
    }))
    const whereAny = (cell: string) => (rows.some(({ schedule }) => schedule.length > 0) ? [cell] : [])
    const heading = ['COMMAND', 'ALIASES', ...whereAny('SCHEDULE'), 'SUMMARY', 'FILE']
    const lines = rows.map(({ name, aliases, schedule, summary, file }) => {
      return [name, aliases.join(' '), ...whereAny(schedule.join('; ')), summary, file]
    })
    if (values.json) printJson(rows, 2)
    else
      console.log(
        table([heading, ...lines], {
          whole: ['COMMAND', 'ALIASES', 'FILE'],
          expendable: ['FILE', 'SCHEDULE', 'ALIASES'],
        }),
      )
    return 0
  },
}
