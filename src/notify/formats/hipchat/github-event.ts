import { escapeHtml } from '../../../model/reply.js'
import type { SenderRequest } from '../../endpoint.js'
import { invalid } from '../members.js'
import { asFields, type Fields, readJson } from '../request-fields.js'

/** A GitHub event as one line of HTML, like HipChat's server wrote for GitHub's service. Throws RefusedError. */
export function describeGithubEvent({ headers }: SenderRequest, { payload }: Fields): string {
  const event = (typeof payload === 'string' && readJson(payload)) || invalid('payload must be a JSON object.')
  const name = String(headers['x-github-event'] ?? 'event').replace(/_/g, ' ')
  const about = asFields(event['pull_request']) ?? asFields(event['issue']) ?? asFields(event['head_commit']) ?? {}
  const [title = ''] = (wordOf(about, 'title') ?? wordOf(about, 'message') ?? '').split('\n')
  const url = wordOf(event, 'compare') ?? wordOf(about, 'html_url')
  const who = wordOf(asFields(event['sender']), 'login') ?? 'Somebody'
  const where = wordOf(asFields(event['repository']), 'full_name') ?? 'a repository'
  const what = escapeHtml([name, wordOf(event, 'action')].filter(Boolean).join(' '))
  const linked = url === undefined ? what : `<a href="${escapeHtml(url)}">${what}</a>`
  const line = `<b>${escapeHtml(who)}</b>, ${escapeHtml(where)}: ${linked}`
  return title === '' ? line : `${line}, ${escapeHtml(title)}`
}

function wordOf(fields: Fields | undefined, name: string): string | undefined {
  const value = fields?.[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}
