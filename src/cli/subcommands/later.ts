import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import { createDelayedJobStore, type DelayedJob } from '../../scheduler/delayed-jobs.js'
import { printError } from '../print-error.js'
import { printJson } from '../print-json.js'
import { sanitize } from '../sanitize.js'
import type { Subcommand } from '../subcommand.js'
import { table } from '../table.js'
import { withStorage } from '../with-storage.js'

/** `slashroom later list` and `slashroom later cancel <id>`: everybody's pending lines. */
export const later: Subcommand = {
  summary: 'Lists and cancels the pending command lines of all users',
  usage: 'list [--json] | cancel <id>… [--json]',
  options: { '--json': 'print one line of JSON each' },
  examples: ['slashroom later list', 'slashroom later cancel mfrggzdfmztwq2lk'],
  async run(args) {
    const options = { json: { type: 'boolean', default: false } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [verb, ...ids] = positionals
    if (verb === 'list' && ids.length === 0) return await list(values.json)
    if (verb === 'cancel' && ids.length > 0) return await cancel(ids, values.json)
    return printError(
      'usage: slashroom later list, or slashroom later cancel <id>. "slashroom later list" shows the ids.',
    )
  },
}

async function list(json: boolean): Promise<number> {
  const jobs = await withJobs(async (store) => await all(store.list()))
  if (json) for (const job of jobs) printJson(facts(job))
  else console.log(jobs.length > 0 ? show(jobs) : 'Nothing is pending.')
  return 0
}

async function cancel(ids: readonly string[], json: boolean): Promise<number> {
  const cancelled = await withJobs(async (store) => {
    const wanted = (await all(store.list())).filter(({ invocation }) => ids.includes(invocation.id))
    for (const job of wanted) await store.remove(job)
    return wanted
  })
  if (json) for (const job of cancelled) printJson(facts(job))
  else if (cancelled.length > 0) console.log(`Cancelled:\n${show(cancelled)}`)
  const missing = ids.filter((id) => cancelled.every(({ invocation }) => invocation.id !== id))
  if (missing.length === 0) return 0
  return printError(`no pending line has the id ${missing.map((id) => JSON.stringify(id)).join(', ')}.`, 1)
}

type Jobs = ReturnType<typeof createDelayedJobStore>

async function withJobs(work: (jobs: Jobs) => Promise<readonly DelayedJob[]>): Promise<readonly DelayedJob[]> {
  return await withStorage(readConfig(process.env), async ({ store }) => {
    const jobs = await work(createDelayedJobStore({ store, now: Date.now, platforms: () => [] }))
    return [...jobs].sort((one, other) => one.due - other.due)
  })
}

async function all(jobs: AsyncIterable<DelayedJob>): Promise<readonly DelayedJob[]> {
  const found: DelayedJob[] = []
  for await (const job of jobs) found.push(job)
  return found
}

/** A line as shown to an operator, without the platform's own data. */
function facts({ due, invocation: { id, platform, tenant, room, user, text } }: DelayedJob) {
  return { id, due, platform, tenant: tenant.id, room: room.id, user: user.id, text }
}

function show(jobs: readonly DelayedJob[]): string {
  return table([
    ['DUE', 'USER', 'ROOM', 'PLATFORM', 'TENANT', 'ID', 'LINE'],
    ...jobs
      .map(facts)
      .map(({ due, user, room, platform, tenant, id, text }) => [
        new Date(due).toISOString().slice(0, 19).replace('T', ' '),
        sanitize(user),
        sanitize(room),
        platform,
        sanitize(tenant),
        sanitize(id),
        sanitize(text),
      ]),
  ])
}
