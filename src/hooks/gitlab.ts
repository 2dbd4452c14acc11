import { createHmac } from 'node:crypto'
import type { HookReply, HookVerifier } from '../model/hook.js'
import type { Tone } from '../model/reply.js'
import { safeEqual } from '../shared/crypto.js'
import { asRecord } from '../shared/json.js'
import { eventCard, firstLines, numbered, updateKeyOf } from './event-card.js'
import { commitLine, type EventFields, line, link, part, parts } from './event-fields.js'
import { isRecent, withSecret } from './secret.js'

/** Verifies and shows GitLab's webhooks. https://docs.gitlab.com/user/project/integrations/webhooks/ */
export const gitlab = { token, signature, card }

/** Returns a verifier for GitLab's secret token. The argument is the name of the environment variable that holds it. */
function token(variable: string): HookVerifier {
  return withSecret(variable, ({ headers }, secret) => safeEqual(headers['x-gitlab-token'] ?? '', secret))
}

/**
 * Returns a verifier for GitLab's signature of the id, time and body. The argument is the name of the environment variable
 * that holds the signing token (`whsec_…`).
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
function signature(variable: string): HookVerifier {
  return withSecret(variable, ({ headers, body }, secret) => {
    const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signatures = '' } = headers
    const hmac = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64'))
    const signed = `v1,${hmac.update(`${id}.${at}.`).update(body).digest('base64')}`
    // There are several while a token is being rotated.
    return isRecent(at) && signatures.split(' ').some((one) => safeEqual(one, signed))
  })
}

/**
 * Returns the card of a push, tag, merge request, issue or pipeline. Returns undefined for other events, and for minor
 * updates like labels. All updates of a pipeline have the same `updateKey`.
 */
function card(event: unknown): HookReply | undefined {
  const fields = asRecord(event)
  return cards.get(line(fields, 'object_kind') ?? '')?.(fields)
}

const cards: ReadonlyMap<string, (event: EventFields) => HookReply | undefined> = new Map([
  ['push', push],
  ['tag_push', push],
  ['merge_request', mergeRequest],
  ['issue', issue],
  ['pipeline', pipeline],
])

function projectOf(event: EventFields): string {
  return line(part(event, 'project'), 'path_with_namespace') ?? 'a project'
}

function userOf(event: EventFields): string {
  return line(part(event, 'user'), 'name') ?? line(event, 'user_name') ?? 'Somebody'
}

function push(event: EventFields): HookReply {
  const commits = parts(event, 'commits')
  const { total_commits_count: total } = event
  const count = Number.isFinite(total) ? Number(total) : commits.length // GitLab sends only twenty
  const lines = commits.map((commit) => commitLine(commit, 8))
  return eventCard({
    title: `${userOf(event)} ${pushed(event, count)} in ${projectOf(event)}`,
    text: firstLines(lines, count),
    url: link(commits.at(-1) ?? {}, 'url') ?? link(part(event, 'project'), 'web_url'),
  })
}

function pushed(event: EventFields, commits: number): string {
  const ref = line(event, 'ref') ?? 'a branch'
  const name = ref.startsWith('refs/tags/') ? `tag ${ref.slice(10)}` : ref.replace(/^refs\/heads\//, '')
  if (/^0+$/.test(line(event, 'after') ?? '')) return `deleted ${name}`
  return commits > 0 ? `pushed ${commits} commit${commits === 1 ? '' : 's'} to ${name}` : `pushed ${name}`
}

function mergeRequest(event: EventFields): HookReply | undefined {
  const about = part(event, 'object_attributes')
  const done = doneBy.get(line(about, 'action') ?? '')
  if (done === undefined) return undefined
  const named = numbered('merge request !', line(about, 'iid'), 'a merge request')
  return eventCard({
    title: `${userOf(event)} ${done} ${named} in ${projectOf(event)}`,
    text: line(about, 'title'),
    url: link(about, 'url'),
    fields: { From: line(about, 'source_branch'), Into: line(about, 'target_branch') },
    tone: done === 'merged' ? 'good' : 'info',
  })
}

function issue(event: EventFields): HookReply | undefined {
  const about = part(event, 'object_attributes')
  const done = doneBy.get(line(about, 'action') ?? '')
  if (done === undefined) return undefined
  const named = numbered('issue #', line(about, 'iid'), 'an issue')
  return eventCard({
    title: `${userOf(event)} ${done} ${named} in ${projectOf(event)}`,
    text: line(about, 'title'),
    url: link(about, 'url'),
    tone: done === 'closed' ? 'good' : 'info',
  })
}

/** What an action did; minor updates are missing. */
const doneBy: ReadonlyMap<string, string> = new Map([
  ['open', 'opened'],
  ['close', 'closed'],
  ['reopen', 'reopened'],
  ['merge', 'merged'],
  ['approved', 'approved'],
])

function pipeline(event: EventFields): HookReply | undefined {
  const about = part(event, 'object_attributes')
  const status = line(about, 'status') ?? 'unknown'
  const tone = tones.get(status)
  if (tone === undefined) return undefined
  return eventCard({
    title: `${numbered('Pipeline #', line(about, 'id'), 'A pipeline')} in ${projectOf(event)}: ${status}`,
    text: line(part(event, 'commit'), 'message'),
    url: link(about, 'url') ?? link(part(event, 'project'), 'web_url'),
    fields: { Ref: line(about, 'ref'), By: userOf(event), Failed: failedJobs(event) },
    tone,
    updateKey: updateKeyOf('pipeline', projectOf(event), line(about, 'id')),
  })
}

/** Pipeline states worth showing. */
const tones: ReadonlyMap<string, Tone> = new Map([
  ['running', 'info'],
  ['success', 'good'],
  ['failed', 'bad'],
  ['canceled', 'warning'],
])

function failedJobs(event: EventFields): string | undefined {
  const failed = parts(event, 'builds').filter((job) => job['status'] === 'failed' && job['allow_failure'] !== true)
  return failed.map((job) => line(job, 'name') ?? 'a job').join(', ') || undefined
}
