import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import type { AuditRecord } from '../../journal/journal.js'
import { colorize } from '../colors.js'
import { printError } from '../print-error.js'
import { printJson } from '../print-json.js'
import { sanitize } from '../sanitize.js'
import type { Subcommand } from '../subcommand.js'
import { readJournal } from '../with-storage.js'

/** `slashroom trace <id>`: what became of one call. */
export const trace: Subcommand = {
  summary: 'Tells what became of one call, by the id that the room and the log show',
  usage: '<id> [--json]',
  options: { '--json': 'prints it as JSON' },
  examples: ['slashroom trace mfrggzdfmztwq2lk', 'slashroom trace mfrggzdfmztwq2lk --json'],
  async run(args) {
    const options = { json: { type: 'boolean', default: false } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [id] = positionals
    if (id === undefined || positionals.length > 1)
      return printError('give one id: slashroom trace <id>. "slashroom audit" lists them.')
    const config = readConfig(process.env)
    const record = await readJournal(config, async (journal) => await journal.findRecord(id))
    if (!record) {
      const kept = `Calls are kept for AUDIT_DAYS (${config.auditDays}); "slashroom audit" lists them.`
      return printError(`there is no call ${JSON.stringify(id)} here. ${kept}`, 1)
    }
    if (values.json) printJson(record, 2)
    else console.log(show(record))
    return 0
  },
}

function show(record: AuditRecord): string {
  const { text, user, room, tenant, platform, outcome, events } = record
  const facts = { user, room, tenant, platform, outcome: outcome ?? 'open' }
  const began = events[0]?.at ?? 0
  return [
    colorize('bold', sanitize(text)),
    ...Object.entries(facts).map(([name, value]) => `  ${name.padEnd(8)}  ${sanitize(value)}`),
    '',
    ...events.map(
      ({ what, at }) => `  ${new Date(at).toISOString()}  ${colorize('dim', since(at - began))}  ${sanitize(what)}`,
    ),
  ].join('\n')
}

function since(ms: number): string {
  const text = ms < 1_000 ? `+${ms} ms` : `+${(ms / 1_000).toFixed(1)} s`
  return text.padStart(10)
}
