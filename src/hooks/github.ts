import type { HookDelivery, HookReply, HookVerifier } from '../model/hook.js'
import type { Tone } from '../model/reply.js'
import { hmacHex, safeEqual } from '../shared/crypto.js'
import { asRecord } from '../shared/json.js'
import { eventCard, firstLines, numbered, updateKeyOf } from './event-card.js'
import { commitLine, type EventFields, line, link, part, parts } from './event-fields.js'
import { withSecret } from './secret.js'

/** Verifies and shows GitHub's webhooks. https://docs.github.com/en/webhooks/webhook-events-and-payloads */
export const github = { signature, card }

/**
 * Returns a verifier for GitHub's signature. The argument is the name of the environment variable that holds the webhook's
 * secret. Only the body is signed, so a recorded delivery can be sent again.
 */
function signature(variable: string): HookVerifier {
  return withSecret(variable, ({ headers, body }, secret) =>
    safeEqual(headers['x-hub-signature-256'] ?? '', `sha256=${hmacHex(secret, body)}`),
  )
}

/**
 * Returns the card of a push, pull request, issue, release, workflow run or deployment. Returns undefined for other events,
 * and for minor updates like labels. All updates of a workflow run or deployment have the same `updateKey`.
 */
function card(event: unknown, headers: HookDelivery['headers']): HookReply | undefined {
  return cards.get(headers['x-github-event'] ?? '')?.(asRecord(event))
}

const cards: ReadonlyMap<string, (event: EventFields) => HookReply | undefined> = new Map([
  ['push', push],
  ['pull_request', pullRequest],
  ['issues', issue],
  ['release', release],
  ['workflow_run', workflowRun],
  ['deployment_status', deploymentStatus],
])

function repositoryOf(event: EventFields): string {
  return line(part(event, 'repository'), 'full_name') ?? 'a repository'
}

function senderOf(event: EventFields): string {
  return line(part(event, 'sender'), 'login') ?? 'Somebody'
}

function push(event: EventFields): HookReply {
  const commits = parts(event, 'commits')
  return eventCard({
    title: `${senderOf(event)} ${pushed(event, commits.length)} in ${repositoryOf(event)}`,
    text: firstLines(commits.map((commit) => commitLine(commit, 7))),
    url: link(event, 'compare'),
  })
}

function pushed(event: EventFields, commits: number): string {
  const ref = line(event, 'ref') ?? 'a branch'
  const name = ref.startsWith('refs/tags/') ? `tag ${ref.slice(10)}` : ref.replace(/^refs\/heads\//, '')
  if (event['deleted'] === true) return `deleted ${name}`
  const verb = event['forced'] === true ? 'force-pushed' : 'pushed'
  return commits === 0 ? `${verb} ${name}` : `${verb} ${commits} commit${commits === 1 ? '' : 's'} to ${name}`
}

function pullRequest(event: EventFields): HookReply | undefined {
  const about = part(event, 'pull_request')
  const isMerged = about['merged'] === true
  const done = event['action'] === 'closed' && isMerged ? 'merged' : doneTo(event)
  if (done === undefined) return undefined
  const named = numbered('pull request #', line(about, 'number'), 'a pull request')
  return eventCard({
    title: `${senderOf(event)} ${done} ${named} in ${repositoryOf(event)}`,
    text: line(about, 'title'),
    url: link(about, 'html_url'),
    fields: { From: line(part(about, 'head'), 'ref'), Into: line(part(about, 'base'), 'ref') },
    tone: isMerged ? 'good' : 'info',
  })
}

function issue(event: EventFields): HookReply | undefined {
  const about = part(event, 'issue')
  const done = doneTo(event)
  if (done === undefined) return undefined
  const named = numbered('issue #', line(about, 'number'), 'an issue')
  return eventCard({
    title: `${senderOf(event)} ${done} ${named} in ${repositoryOf(event)}`,
    text: line(about, 'title'),
    url: link(about, 'html_url'),
    tone: done === 'closed' ? 'good' : 'info',
  })
}

/** What happened to an issue or pull request; undefined for minor updates. */
function doneTo({ action }: EventFields): string | undefined {
  if (action === 'ready_for_review') return 'asks for a review of'
  return action === 'opened' || action === 'closed' || action === 'reopened' ? action : undefined
}

function release(event: EventFields): HookReply | undefined {
  if (event['action'] !== 'published') return undefined
  const about = part(event, 'release')
  return eventCard({
    title: `${repositoryOf(event)} ${line(about, 'tag_name') ?? 'version'} is released`,
    text: line(about, 'name'),
    url: link(about, 'html_url'),
    fields: { By: senderOf(event), Kind: about['prerelease'] === true ? 'pre-release' : undefined },
    tone: 'good',
  })
}

function workflowRun(event: EventFields): HookReply | undefined {
  if (event['action'] === 'requested') return undefined
  const run = part(event, 'workflow_run')
  const state = line(run, 'conclusion') ?? line(run, 'status') ?? 'unknown'
  const name = line(run, 'name') ?? 'Workflow'
  return eventCard({
    title: `${numbered(`${name} #`, line(run, 'run_number'), name)} in ${repositoryOf(event)}: ${inWords(state)}`,
    text: line(run, 'display_title'),
    url: link(run, 'html_url'),
    fields: { Branch: line(run, 'head_branch'), By: line(part(run, 'actor'), 'login') },
    tone: toneOf(state),
    updateKey: updateKeyOf('run', line(run, 'id'), line(run, 'run_attempt') ?? '1'),
  })
}

function deploymentStatus(event: EventFields): HookReply {
  const status = part(event, 'deployment_status')
  const deployment = part(event, 'deployment')
  const state = line(status, 'state') ?? 'unknown'
  return eventCard({
    title: `${repositoryOf(event)} to ${line(status, 'environment') ?? 'an environment'}: ${inWords(state)}`,
    text: line(status, 'description'),
    url: link(status, 'environment_url', 'log_url', 'target_url'),
    fields: { Ref: line(deployment, 'ref'), By: line(part(status, 'creator'), 'login') },
    tone: toneOf(state),
    updateKey: updateKeyOf('deployment', line(deployment, 'id')),
  })
}

function inWords(state: string): string {
  return state.replaceAll('_', ' ')
}

function toneOf(state: string): Tone {
  if (state === 'success') return 'good'
  if (['failure', 'error', 'timed_out', 'startup_failure'].includes(state)) return 'bad'
  if (['cancelled', 'action_required', 'stale'].includes(state)) return 'warning'
  return ['in_progress', 'queued', 'pending', 'waiting'].includes(state) ? 'info' : 'neutral'
}
