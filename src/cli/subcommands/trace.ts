import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import type { AuditRecord } from '../../journal/journal.js'
import type { Receipt } from '../../notify/endpoint.js'
import { readReceipt } from '../../notify/receipts.js'
import { colorize } from '../colors.js'
import { printError } from '../print-error.js'
import { printJson } from '../print-json.js'
import { sanitize } from '../sanitize.js'
import type { Subcommand } from '../subcommand.js'
import { wrap } from '../terminal-width.js'
import { withStorage } from '../with-storage.js'

/** `slashroom trace <id>`: shows one call or notification. */
export const trace: Subcommand = {
  summary: 'Shows what happened to a call or notification, by its id from the room, the sender or the log',
  usage: '<id> [--json]',
  options: { '--json': 'print it as JSON' },
  examples: ['slashroom trace mfrggzdfmztwq2lk', 'slashroom trace mfrggzdfmztwq2lk --json'],
  async run(args) {
    const options = { json: { type: 'boolean', default: false } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [id] = positionals
    if (id === undefined || positionals.length > 1)
      return printError('usage: slashroom trace <id>. "slashroom audit" lists them.')
    const config = readConfig(process.env)
    const found = await withStorage(config, async ({ journal, store }) => {
      const record = await journal.findRecord(id)
      return record && { record, rooms: (await readReceipt(record, { journal, store }))?.rooms }
    })
    if (!found) {
      const kept = `Calls are kept for AUDIT_DAYS (${config.auditDays}); "slashroom audit" lists them.`
      return printError(`there is no call with the id ${JSON.stringify(id)}. ${kept}`, 1)
    }
    if (values.json) printJson({ ...found.record, rooms: found.rooms }, 2)
    else console.log(show(found))
    return 0
  },
}

/** A call; for a notification also its state in each room. */
interface Found {
  readonly record: AuditRecord
  readonly rooms: Receipt['rooms'] | undefined
}

function show({ record, rooms = [] }: Found): string {
  const { text, platform, outcome, events } = record
  const facts = {
    user: called(record.userName, record.user),
    room: called(record.roomName, record.room),
    tenant: called(record.tenantName, record.tenant),
    platform,
    outcome: outcome ?? 'open',
  }
  const began = events[0]?.at ?? 0
  return [
    colorize('bold', wrap(sanitize(text), 0)),
    ...Object.entries(facts).map(([name, value]) => `  ${name.padEnd(8)}  ${wrap(sanitize(value), 12)}`),
    '',
    ...rooms.map(showRoom),
    ...(rooms.length > 0 ? [''] : []),
    ...events.map(
      ({ what, at }) =>
        `  ${new Date(at).toISOString()}  ${colorize('dim', since(at - began))}  ${wrap(sanitize(what), 40)}`,
    ),
  ].join('\n')
}

function showRoom({ room, state, reason }: Receipt['rooms'][number]): string {
  return `  ${wrap(sanitize([room, state, reason].filter(Boolean).join('  ')), 4)}`
}

/** A room's name, and the id for rules and addresses. */
function called(name: string | undefined, id: string): string {
  return name === undefined || name === id ? id : `${name} (${id})`
}

function since(ms: number): string {
  const text = ms < 1_000 ? `+${ms} ms` : `+${(ms / 1_000).toFixed(1)} s`
  return text.padStart(10)
}
