import { describe, expect, it } from 'vitest'
import { alertmanager, github, gitlab, grafana, jenkins } from '../../src/hooks/index.js'
import type { HookReply } from '../../src/model/hook.js'

type Event = Readonly<Record<string, unknown>>
type ToCard = (event: unknown) => HookReply | undefined

const onGitHub =
  (kind: string): ToCard =>
  (event) =>
    github.card(event, { 'x-github-event': kind })

const byGitHub = { repository: { full_name: 'acme/shop' }, sender: { login: 'ada' } }
const byGitLab = {
  project: { path_with_namespace: 'acme/shop', web_url: 'https://gitlab.example.com/acme/shop' },
  user: { name: 'Ada' },
}
const commits = [{ id: '1f0c9e2d7aab', message: 'Add the basket', url: 'https://gitlab.example.com/acme/shop/1f0' }]
const alerts = {
  receiver: 'slashroom',
  orgId: 1,
  status: 'firing',
  groupKey: '{}:{alertname="DiskFull"}',
  truncatedAlerts: 2,
  groupLabels: { alertname: 'DiskFull' },
  commonLabels: { alertname: 'DiskFull', severity: 'critical' },
  externalURL: 'https://alerts.example.com',
  alerts: [
    { status: 'firing', labels: { disk: 'a' }, annotations: { summary: 'a is full' } },
    { status: 'resolved', labels: { disk: 'b' }, annotations: {} },
  ],
}

/** One complete event of each kind that the ready-made hooks show. */
const complete: readonly (readonly [name: string, toCard: ToCard, event: Event])[] = [
  [
    "GitHub's push",
    onGitHub('push'),
    { ...byGitHub, ref: 'refs/heads/main', compare: 'https://github.com/acme/shop/compare/a...b', commits },
  ],
  [
    "GitHub's pull request",
    onGitHub('pull_request'),
    {
      ...byGitHub,
      action: 'closed',
      pull_request: { number: 8, title: 'Basket', merged: true, head: { ref: 'basket' }, base: { ref: 'main' } },
    },
  ],
  ["GitHub's issue", onGitHub('issues'), { ...byGitHub, action: 'opened', issue: { number: 7, title: 'No basket' } }],
  [
    "GitHub's release",
    onGitHub('release'),
    { ...byGitHub, action: 'published', release: { tag_name: 'v2', name: 'Baskets', prerelease: true } },
  ],
  [
    "GitHub's workflow run",
    onGitHub('workflow_run'),
    {
      ...byGitHub,
      action: 'completed',
      workflow_run: {
        id: 99,
        run_number: 12,
        run_attempt: 1,
        name: 'CI',
        display_title: 'Add the basket',
        conclusion: 'success',
        status: 'completed',
        head_branch: 'main',
        actor: { login: 'ada' },
      },
    },
  ],
  [
    "GitHub's deployment",
    onGitHub('deployment_status'),
    {
      ...byGitHub,
      deployment: { id: 5, ref: 'main' },
      deployment_status: {
        state: 'success',
        environment: 'production',
        description: 'Done',
        creator: { login: 'ada' },
      },
    },
  ],
  [
    "GitLab's push",
    gitlab.card,
    { ...byGitLab, object_kind: 'push', ref: 'refs/heads/main', after: '2a2b', total_commits_count: 1, commits },
  ],
  [
    "GitLab's merge request",
    gitlab.card,
    {
      ...byGitLab,
      object_kind: 'merge_request',
      object_attributes: { iid: 8, title: 'Basket', action: 'merge', source_branch: 'basket', target_branch: 'main' },
    },
  ],
  [
    "GitLab's issue",
    gitlab.card,
    { ...byGitLab, object_kind: 'issue', object_attributes: { iid: 7, title: 'No basket', action: 'close' } },
  ],
  [
    "GitLab's pipeline",
    gitlab.card,
    {
      ...byGitLab,
      object_kind: 'pipeline',
      object_attributes: { id: 31, ref: 'main', status: 'failed' },
      commit: { message: 'Add the basket' },
      builds: [
        { name: 'unit', status: 'failed', allow_failure: false },
        { name: 'build', status: 'failed' },
      ],
    },
  ],
  ["Alertmanager's group", alertmanager.card, alerts],
  ["Grafana's group", grafana.card, alerts],
  [
    "Jenkins' build",
    jenkins.card,
    {
      name: 'shop',
      display_name: 'Shop',
      url: 'job/shop/',
      build: {
        number: 18,
        phase: 'COMPLETED',
        status: 'FAILURE',
        notes: 'Add the basket',
        full_url: 'https://ci.example.com/job/shop/18/',
        scm: { branch: 'origin/main', commit: 'c6d86dc654b1' },
        test_summary: { total: 40, failed: 2 },
      },
    },
  ],
]

describe.each(complete)('The card of %s', (_, toCard, event) => {
  it('never shows a field that the event does not have', () => {
    for (const sparse of sparser(event)) {
      const shown = toCard(sparse) ?? {}
      for (const text of textsIn(shown))
        expect(text, JSON.stringify(sparse)).not.toMatch(/undefined|null|NaN|Infinity|#$| {2}/)
    }
  })

  it('has no key, or one that tells it from others', () => {
    for (const sparse of sparser(event))
      expect(toCard(sparse)?.updateKey ?? '', JSON.stringify(sparse)).not.toMatch(/undefined|null|NaN|Infinity/)
  })
})

/** The event with each of its fields missing, null, empty or too large (1e999) in turn, and with ever more of them missing. */
function* sparser(event: Event): Generator<Event> {
  const paths = pathsOf(event)
  for (const path of paths)
    for (const value of [undefined, null, '', {}, Number.POSITIVE_INFINITY]) yield withValue(event, path, value)
  let left = event
  for (const path of paths.filter((path) => !kinds.has(path.at(-1) ?? '')).toReversed()) {
    left = withValue(left, path, undefined)
    yield left
  }
}

/** What makes an event one that has a card. */
const kinds = new Set(['object_kind', 'action', 'object_attributes', 'alerts', 'status'])

function pathsOf(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => [[name], ...pathsOf(member).map((path) => [name, ...path])])
}

function withValue(event: Event, [name = '', ...path]: readonly string[], value: unknown): Event {
  const changed: Record<string, unknown> = Array.isArray(event) ? Object.assign([], event) : { ...event }
  if (path.length > 0) changed[name] = withValue((event[name] ?? {}) as Event, path, value)
  else if (value === undefined) delete changed[name]
  else changed[name] = value
  return changed
}

/** All texts that a reply shows. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [String(value)]
  return Object.entries(value).flatMap(([name, member]) => (name === 'updateKey' ? [] : textsIn(member)))
}
