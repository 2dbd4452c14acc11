import { describe, expect, it } from 'vitest'
import { jenkins } from '../../src/hooks/index.js'

describe("Jenkins' builds", () => {
  it('start and end under one key', () => {
    expect(jenkins.card(job({ phase: 'STARTED' }))).toMatchObject({
      card: { title: 'Shop #18: started', url: 'https://ci.example.com/job/shop/18/' },
      tone: 'info',
      updateKey: 'build job/shop/ 18',
    })
    const ended = job({ phase: 'COMPLETED', status: 'FAILURE', test_summary: { total: 40, failed: 2 } })
    expect(jenkins.card(ended)).toMatchObject({
      card: {
        title: 'Shop #18: failure',
        fields: [
          { label: 'Branch', value: 'origin/main' },
          { label: 'Commit', value: 'c6d86dc654' },
          { label: 'Tests', value: '2 of 40 failed' },
        ],
      },
      tone: 'bad',
      updateKey: 'build job/shop/ 18',
    })
  })

  it.each([
    ['SUCCESS', 'success', 'good'],
    ['UNSTABLE', 'unstable', 'warning'],
    ['ABORTED', 'aborted', 'warning'],
    ['NOT_BUILT', 'not built', 'neutral'],
  ])('that end as %s say so', (status, words, tone) => {
    expect(jenkins.card(job({ phase: 'FINALIZED', status }))).toMatchObject({
      card: { title: `Shop #18: ${words}` },
      tone,
    })
  })

  it('that are queued are no news, and nothing else makes it fail', () => {
    expect(jenkins.card(job({ phase: 'QUEUED' }))).toBeUndefined()
    for (const event of [null, 'text', {}, { build: [] }, { name: 1, build: { scm: 'x', status: {} } }])
      expect(() => jenkins.card(event)).not.toThrow()
  })
})

function job(build: object) {
  const scm = {
    url: 'https://git.example.com/shop.git',
    branch: 'origin/main',
    commit: 'c6d86dc654b12425e706bcf951adfe5a',
  }
  const always = { number: 18, queue_id: 4, url: 'job/shop/18/', full_url: 'https://ci.example.com/job/shop/18/', scm }
  return { name: 'shop', display_name: 'Shop', url: 'job/shop/', build: { ...always, ...build } }
}
