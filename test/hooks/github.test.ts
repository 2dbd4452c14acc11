import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { github } from '../../src/hooks/index.js'
import { servedHook } from '../notify/hooks/served-hook.js'

describe("GitHub's events", () => {
  it.each([
    [
      'push',
      {
        ref: 'refs/heads/main',
        compare: 'https://github.com/acme/shop/compare/a...b',
        commits: [
          { id: '1f0c9e2d7aab', message: 'Add the basket\n\nCloses #7' },
          { id: '2a2b3c4d5e6f', message: 'Test it' },
        ],
      },
      {
        card: {
          title: 'ada pushed 2 commits to main in acme/shop',
          text: '1f0c9e2 Add the basket\n2a2b3c4 Test it',
          url: 'https://github.com/acme/shop/compare/a...b',
        },
      },
    ],
    ['push', { ref: 'refs/tags/v1', commits: [] }, { card: { title: 'ada pushed tag v1 in acme/shop' } }],
    [
      'push',
      { ref: 'refs/heads/old', deleted: true, commits: [] },
      { card: { title: 'ada deleted old in acme/shop' } },
    ],
    [
      'push',
      { ref: 'refs/heads/fix/a', forced: true, commits: [{ id: '1f0c9e2d', message: 'x' }] },
      { card: { title: 'ada force-pushed 1 commit to fix/a in acme/shop' } },
    ],
    [
      'pull_request',
      {
        action: 'opened',
        pull_request: {
          number: 8,
          title: 'Basket',
          html_url: 'https://github.com/acme/shop/pull/8',
          head: { ref: 'basket' },
          base: { ref: 'main' },
        },
      },
      {
        card: {
          title: 'ada opened pull request #8 in acme/shop',
          text: 'Basket',
          fields: [
            { label: 'From', value: 'basket' },
            { label: 'Into', value: 'main' },
          ],
        },
        tone: 'info',
      },
    ],
    [
      'pull_request',
      { action: 'closed', pull_request: { number: 8, merged: true } },
      { card: { title: 'ada merged pull request #8 in acme/shop' }, tone: 'good' },
    ],
    [
      'pull_request',
      { action: 'closed', pull_request: { number: 8, merged: false } },
      { card: { title: 'ada closed pull request #8 in acme/shop' } },
    ],
    [
      'issues',
      { action: 'reopened', issue: { number: 7, title: 'No basket' } },
      { card: { title: 'ada reopened issue #7 in acme/shop', text: 'No basket' } },
    ],
    [
      'release',
      { action: 'published', release: { tag_name: 'v2.0.0-rc.1', name: 'Baskets', prerelease: true } },
      { card: { title: 'acme/shop v2.0.0-rc.1 is released', text: 'Baskets' } },
    ],
    [
      'workflow_run',
      {
        action: 'completed',
        workflow_run: {
          id: 99,
          run_number: 12,
          run_attempt: 1,
          name: 'CI',
          conclusion: 'timed_out',
          status: 'completed',
          head_branch: 'main',
        },
      },
      { card: { title: 'CI #12 in acme/shop: timed out' }, tone: 'bad', updateKey: 'run 99 1' },
    ],
    [
      'workflow_run',
      {
        action: 'in_progress',
        workflow_run: { id: 99, run_number: 12, run_attempt: 1, name: 'CI', conclusion: null, status: 'in_progress' },
      },
      { card: { title: 'CI #12 in acme/shop: in progress' }, tone: 'info', updateKey: 'run 99 1' },
    ],
    [
      'deployment_status',
      {
        action: 'created',
        deployment: { id: 5, ref: 'main' },
        deployment_status: {
          state: 'success',
          environment: 'production',
          environment_url: '',
          log_url: 'https://ci.example.com/5',
          target_url: '',
        },
      },
      {
        card: { title: 'acme/shop to production: success', url: 'https://ci.example.com/5' },
        tone: 'good',
        updateKey: 'deployment 5',
      },
    ],
  ])('%s becomes a card', (kind, own, expected) => {
    const event = { repository: { full_name: 'acme/shop' }, sender: { login: 'ada' }, ...own }
    expect(github.card(event, { 'x-github-event': kind })).toMatchObject(expected)
  })

  it.each([
    ['pull_request', { action: 'labeled' }],
    ['issues', { action: 'assigned' }],
    ['release', { action: 'edited' }],
    ['workflow_run', { action: 'requested' }],
    ['ping', { zen: 'Keep it logically awesome.' }],
    ['constructor', {}],
    ['', {}],
  ])('%s %o is no news', (kind, event) => {
    expect(github.card(event, { 'x-github-event': kind })).toBeUndefined()
  })

  it.each(['push', 'pull_request', 'issues', 'release', 'workflow_run', 'deployment_status'])(
    '%s does not fail on what is not there, or is something else',
    (kind) => {
      const headers = { 'x-github-event': kind }
      for (const event of [
        {},
        [],
        null,
        'text',
        { commits: [null, 1], repository: 'x', pull_request: [], action: 'opened' },
      ])
        expect(() => github.card(event, headers)).not.toThrow()
    },
  )

  it('says how many commits it leaves out, and keeps lines short', () => {
    const commits = Array.from({ length: 9 }, (_, at) => ({ id: `${at}`.repeat(40), message: 'x'.repeat(5_000) }))
    const { card } = github.card({ ref: 'refs/heads/main', commits }, { 'x-github-event': 'push' }) as {
      card: { text: string }
    }
    const lines = card.text.split('\n')
    expect(lines).toHaveLength(6)
    expect(lines.at(-1)).toBe('… and 4 more')
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(220)
  })

  it('lead to nothing but the web', () => {
    const event = { action: 'opened', issue: { number: 1, html_url: 'javascript:alert(1)' } }
    expect(github.card(event, { 'x-github-event': 'issues' })).not.toHaveProperty('card.url')
  })
})

describe("GitHub's signature", () => {
  const secret = "It's a Secret to Everybody"
  const definition = { summary: 'x', verify: github.signature('GITHUB_SECRET'), to: 'ops', run: () => 'x' }
  const sign = (body: string, key = secret, hash = 'sha256') => createHmac(hash, key).update(body).digest('hex')

  it('is the one that GitHub documents', async () => {
    const { post } = servedHook(definition, { env: { GITHUB_SECRET: secret } })
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
    const headers = { 'x-hub-signature-256': signature, 'content-type': 'text/plain' }
    expect(await post('Hello, World!', headers)).toMatchObject({ status: 202 })
  })

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['one without its prefix', sign('{"a":1}')],
    ['one of another body', `sha256=${sign('{"a": 1}')}`],
    ['one with another secret', `sha256=${sign('{"a":1}', 'guess')}`],
    ['one with no secret', `sha256=${sign('{"a":1}', '')}`],
    ['one of the weaker kind', `sha256=${sign('{"a":1}', secret, 'sha1')}`],
    ['a part of it', `sha256=${sign('{"a":1}').slice(0, 63)}`],
    ['it in capitals', `sha256=${sign('{"a":1}').toUpperCase()}`],
  ])('refuses %s', async (_, signature) => {
    const { post, posts } = servedHook(definition, { env: { GITHUB_SECRET: secret } })
    const headers = signature === undefined ? {} : { 'x-hub-signature-256': signature }
    expect(await post('{"a":1}', headers)).toMatchObject({ status: 401 })
    expect(posts).toEqual([])
  })

  it('refuses everything where its secret is gone', () => {
    const proof = {
      headers: { 'x-hub-signature-256': `sha256=${sign('x', '')}` },
      query: new URLSearchParams(),
      body: Buffer.from('x'),
      env: {},
    }
    expect(() => github.signature('GITHUB_SECRET')(proof)).toThrow('the secret is not set')
  })

  it('does not name what is no variable: perhaps it is the secret', () => {
    const wrong = { ...definition, verify: github.signature('s3cr3t-of-ours') }
    expect(() => servedHook(wrong)).toThrow(/^verify takes the name of an environment variable, like GITHUB_SECRET$/)
  })
})
