import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { gitlab } from '../../src/hooks/index.js'
import { servedHook } from '../notify/hooks/served-hook.js'

const project = { path_with_namespace: 'acme/shop', web_url: 'https://gitlab.example.com/acme/shop' }

describe("GitLab's events", () => {
  it.each([
    [
      {
        object_kind: 'push',
        ref: 'refs/heads/main',
        after: '2a2b',
        user_name: 'Ada',
        total_commits_count: 21,
        commits: [
          { id: '1f0c9e2d7aab', message: 'Add the basket\n', url: 'https://gitlab.example.com/acme/shop/-/commit/1f0' },
        ],
      },
      {
        card: {
          title: 'Ada pushed 21 commits to main in acme/shop',
          text: '1f0c9e2d Add the basket\n… and 20 more',
          url: 'https://gitlab.example.com/acme/shop/-/commit/1f0',
        },
      },
    ],
    [
      {
        object_kind: 'tag_push',
        ref: 'refs/tags/v1',
        after: '2a2b',
        user_name: 'Ada',
        commits: [],
        total_commits_count: 0,
      },
      { card: { title: 'Ada pushed tag v1 in acme/shop', url: 'https://gitlab.example.com/acme/shop' } },
    ],
    [
      { object_kind: 'push', ref: 'refs/heads/old', after: '0'.repeat(40), user_name: 'Ada', commits: [] },
      { card: { title: 'Ada deleted old in acme/shop' } },
    ],
    [
      {
        object_kind: 'merge_request',
        user: { name: 'Ada' },
        object_attributes: {
          iid: 8,
          title: 'Basket',
          action: 'merge',
          source_branch: 'basket',
          target_branch: 'main',
          url: 'https://gitlab.example.com/acme/shop/-/merge_requests/8',
        },
      },
      { card: { title: 'Ada merged merge request !8 in acme/shop', text: 'Basket' }, tone: 'good' },
    ],
    [
      {
        object_kind: 'issue',
        user: { name: 'Ada' },
        object_attributes: { iid: 7, title: 'No basket', action: 'close' },
      },
      { card: { title: 'Ada closed issue #7 in acme/shop' }, tone: 'good' },
    ],
    [
      {
        object_kind: 'pipeline',
        user: { name: 'Ada' },
        object_attributes: { id: 31, ref: 'main', status: 'failed' },
        commit: { message: 'Add the basket' },
        builds: [
          { name: 'lint', status: 'failed', allow_failure: true },
          { name: 'unit', status: 'failed', allow_failure: false },
          { name: 'build', status: 'success' },
        ],
      },
      {
        card: {
          title: 'Pipeline #31 in acme/shop: failed',
          url: 'https://gitlab.example.com/acme/shop',
          fields: [
            { label: 'Ref', value: 'main' },
            { label: 'By', value: 'Ada' },
            { label: 'Failed', value: 'unit' },
          ],
        },
        tone: 'bad',
        updateKey: 'pipeline acme/shop 31',
      },
    ],
  ])('$object_kind becomes a card', (event, expected) => {
    expect(gitlab.card({ project, ...event })).toMatchObject(expected)
  })

  it.each<unknown>([
    { object_kind: 'merge_request', object_attributes: { action: 'update' } },
    { object_kind: 'issue', object_attributes: {} },
    { object_kind: 'pipeline', object_attributes: { status: 'pending' } },
    { object_kind: 'note' },
    { object_kind: { toString: 1 } },
    'text',
    null,
  ])('%o is no news', (event) => {
    expect(gitlab.card(event)).toBeUndefined()
  })

  it.each(['push', 'tag_push', 'merge_request', 'issue', 'pipeline'])(
    '%s does not fail on what is something else',
    (kind) => {
      for (const rest of [
        {},
        { commits: 'x', project: 1, object_attributes: { action: 'open', status: 'running' }, builds: [0] },
        { object_attributes: { action: { toString: 1 }, title: { toString: 1 } } },
      ])
        expect(() => gitlab.card({ object_kind: kind, ...rest })).not.toThrow()
    },
  )
})

describe("GitLab's token", () => {
  const definition = { summary: 'x', verify: gitlab.token('GITLAB_TOKEN'), to: 'ops', run: () => 'x' }

  it.each([
    ['the same', 's3cret', 202],
    ['another', 'S3cret', 401],
    ['a part', 's3cre', 401],
    ['none', '', 401],
  ])('is taken where it is %s', async (_, token, status) => {
    const { post } = servedHook(definition, { env: { GITLAB_TOKEN: 's3cret' } })
    expect(await post({}, { 'x-gitlab-token': token })).toMatchObject({ status })
    expect(await post({ another: 1 }, {})).toMatchObject({ status: 401 })
  })
})

describe("GitLab's signature", () => {
  const key = Buffer.alloc(32, 7)
  const definition = { summary: 'x', verify: gitlab.signature('GITLAB_SIGNING_TOKEN'), to: 'ops', run: () => 'x' }
  const env = { GITLAB_SIGNING_TOKEN: `whsec_${key.toString('base64')}` }
  const now = () => Math.floor(Date.now() / 1_000)

  function signed({ id = 'm1', at = `${now()}`, body = '{}', key: by = key } = {}) {
    const signature = createHmac('sha256', by).update(`${id}.${at}.${body}`).digest('base64')
    return { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': `v1,${signature}` }
  }

  it.each([
    ['alone', () => signed()],
    [
      'beside that of the token before',
      () => ({ ...signed(), 'webhook-signature': `v1,AAAA ${signed()['webhook-signature']}` }),
    ],
  ])('is taken %s', async (_, headers) => {
    const { post } = servedHook(definition, { env })
    expect(await post('{}', headers())).toMatchObject({ status: 202 })
  })

  it.each<[string, () => Record<string, string>]>([
    ['is missing', () => ({ 'webhook-id': 'm1', 'webhook-timestamp': `${now()}` })],
    ['is of another body', () => signed({ body: '{ }' })],
    ['is by another key', () => signed({ key: Buffer.alloc(32, 8) })],
    ['is of another id', () => ({ ...signed(), 'webhook-id': 'm2' })],
    ['is of another time', () => ({ ...signed(), 'webhook-timestamp': `${now() + 1}` })],
    ['is six minutes old', () => signed({ at: `${now() - 360}` })],
    ['is of the future', () => signed({ at: `${now() + 360}` })],
    ['has no time', () => signed({ at: 'undefined' })],
    ['has a time that is none', () => signed({ at: 'NaN' })],
    [
      'is of another version',
      () => ({ ...signed(), 'webhook-signature': signed()['webhook-signature'].replace('v1', 'v2') }),
    ],
  ])('is refused where it %s', async (_, headers) => {
    const { post, posts } = servedHook(definition, { env })
    expect(await post('{}', headers())).toMatchObject({ status: 401 })
    expect(posts).toEqual([])
  })
})
