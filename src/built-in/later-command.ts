import { command } from '../model/command.js'
import { UsageError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import { whisper } from '../model/reply.js'
import { type CompiledCommand, compileCommand } from '../registry/compiled-command.js'
import { formatTime } from '../registry/cron-schedule.js'
import type { DelayedJobStore, NumberedJob } from '../scheduler/delayed-jobs.js'

/** The built-in `/later`: the caller's own pending lines. */
export function createLaterCommand(jobs: Pick<DelayedJobStore, 'listOwn' | 'remove'>): CompiledCommand {
  return compileCommand(
    'later',
    command({
      summary: 'Lists the lines that wait to be typed for you later, and cancels them',
      options: {
        action: {
          type: 'choice',
          positional: true,
          choices: ['list', 'cancel'],
          default: 'list',
          summary: 'What to do',
        },
        number: { type: 'integer', positional: true, many: true, min: 1, summary: 'Which to cancel, as listed' },
      },
      examples: ['/later', '/later cancel 3'],
      async run({ options, invocation }) {
        if (options.action === 'list') return whisper(show(await jobs.listOwn(invocation)))
        if (options.number.length === 0) throw new UsageError('Say which: /later lists them with their numbers.')
        return whisper(await cancel(options.number, invocation))
      },
    }) as CompiledCommand['command'],
    { builtIn: true },
  )

  async function cancel(numbers: readonly number[], invocation: Invocation): Promise<string> {
    const own = await jobs.listOwn(invocation)
    const found = own.filter(({ number }) => numbers.includes(number))
    const missing = numbers.filter((number) => own.every((job) => job.number !== number))
    if (missing.length > 0)
      throw new UsageError(`No line of yours has the number ${missing.join(', ')}: /later lists them.`)
    for (const job of found) await jobs.remove(job)
    return `Cancelled:\n${show(found)}`
  }
}

function show(jobs: readonly NumberedJob[]): string {
  if (jobs.length === 0) return 'No line of yours waits.'
  return jobs.map(({ number, due, invocation }) => `${number}. ${describe(due, invocation)}`).join('\n')
}

function describe(due: number, { text, room }: Invocation): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return `${formatTime(due, 'UTC')} UTC in ${room.name}: ${line.length > 200 ? `${line.slice(0, 200)}…` : line}`
}
