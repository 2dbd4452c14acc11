import type { HookReply } from '../model/hook.js'
import type { Tone } from '../model/reply.js'
import { asRecord } from '../shared/json.js'
import { eventCard, numbered, updateKeyOf } from './event-card.js'
import { type EventFields, line, link, part } from './event-fields.js'

/**
 * Shows builds of Jenkins, sent by its Notification plugin. The plugin can't sign requests: put a notifier token in the
 * address, like `https://jenkins:TOKEN@bot.example.com/hooks/jenkins`. https://plugins.jenkins.io/notification/
 */
export const jenkins = { card }

/** Returns the card of a build, with the same `updateKey` from start to end. Returns undefined while it is queued. */
function card(event: unknown): HookReply | undefined {
  const job = asRecord(event)
  const build = part(job, 'build')
  if (build['phase'] === 'QUEUED') return undefined
  const status = build['phase'] === 'STARTED' ? 'STARTED' : (line(build, 'status') ?? 'UNKNOWN')
  const scm = part(build, 'scm')
  const name = line(job, 'display_name') ?? line(job, 'name') ?? 'A job'
  const number = line(build, 'number')
  return eventCard({
    title: `${numbered(`${name} #`, number, name)}: ${inWords(status)}`,
    text: line(build, 'notes'),
    url: link(build, 'full_url'),
    fields: { Branch: line(scm, 'branch'), Commit: line(scm, 'commit')?.slice(0, 10), Tests: testsOf(build) },
    tone: tones.get(status) ?? 'neutral',
    updateKey: updateKeyOf('build', line(job, 'url') ?? line(job, 'name'), number),
  })
}

function inWords(status: string): string {
  return status.toLowerCase().replaceAll('_', ' ')
}

function testsOf(build: EventFields): string | undefined {
  const tests = part(build, 'test_summary')
  const total = line(tests, 'total')
  return total && `${line(tests, 'failed') ?? '0'} of ${total} failed`
}

const tones: ReadonlyMap<string, Tone> = new Map([
  ['STARTED', 'info'],
  ['SUCCESS', 'good'],
  ['UNSTABLE', 'warning'],
  ['ABORTED', 'warning'],
  ['FAILURE', 'bad'],
])
