import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import type { AuditRecord } from '../../journal/journal.js'
import { printError } from '../print-error.js'
import { printJson } from '../print-json.js'
import { sanitize } from '../sanitize.js'
import type { Subcommand } from '../subcommand.js'
import { table } from '../table.js'
import { readJournal } from '../with-storage.js'

/** `slashroom audit`: who ran what, where, and how it ended. */
export const audit: Subcommand = {
  summary: 'Lists who ran what, where, and how it ended, newest first',
  usage: '[--limit <n>] [--json]',
  options: { '--limit <n>': 'maximum number of entries (default 50)', '--json': 'print one line of JSON each' },
  examples: ['slashroom audit', 'slashroom audit --limit 1000 --json > audit.jsonl'],
  async run(args) {
    const options = { limit: { type: 'string', default: '50' }, json: { type: 'boolean', default: false } } as const
    const { values } = parseArgs({ args: [...args], options })
    if (!/^[1-9]\d{0,8}$/.test(values.limit))
      return printError(`--limit must be a whole number from 1, not ${JSON.stringify(values.limit)}.`)
    const records: AuditRecord[] = []
    await readJournal(readConfig(process.env), async (journal) => {
      for await (const record of journal.audit({ limit: Number(values.limit) })) {
        if (values.json) printJson(record)
        else records.push(record)
      }
    })
    if (!values.json) console.log(records.length > 0 ? show(records) : 'Nothing has run yet.')
    return 0
  },
}

function show(records: readonly AuditRecord[]): string {
  const heading = ['WHEN', 'USER', 'ROOM', 'PLATFORM', 'OUTCOME', 'ID', 'LINE']
  const rows = records.map((record) => [
    timeOf(record),
    sanitize(record.userName ?? record.user),
    sanitize(record.roomName ?? record.room),
    record.platform,
    record.outcome ?? 'open',
    sanitize(record.id),
    sanitize(record.text),
  ])
  return table([heading, ...rows], {
    whole: ['WHEN', 'OUTCOME', 'ID'],
    expendable: ['PLATFORM', 'ROOM', 'USER', 'WHEN'],
  })
}

/** In UTC, as in the log. */
function timeOf({ events }: AuditRecord): string {
  const at = events[0]?.at
  return at === undefined ? '' : new Date(at).toISOString().slice(0, 19).replace('T', ' ')
}
