import { describe, expect, it } from 'vitest'
import { type Rollout, versionBefore } from '../../../commands/deploy/_history.js'
import { textOf } from '../text.js'
import { deployFolder, deployRoom } from './service.js'

const folder = deployFolder()

describe('what was deployed', () => {
  it('is kept for 50 deployments', async () => {
    folder.writeSteps({ name: 'Nothing', shell: ':' })
    const room = deployRoom()
    for (let version = 1; version <= 53; version++) await room.type(`/deploy start web v${version}`)
    const lines = textOf(await room.type('/deploy history --limit 50')).split('\n')
    expect(lines).toHaveLength(51)
    for await (const [key, past] of room.store.list('')) {
      if (key.includes('deploy:past:')) expect(past).toHaveLength(50)
    }
    expect([lines[1], lines.at(-1)]).toEqual([expect.stringMatching(/^v53 /), expect.stringMatching(/^v4 /)])
  })

  it('is shown for all targets side by side', async () => {
    const steps = [{ name: 'a', shell: ':' }]
    folder.write(
      JSON.stringify({
        allow: 'everyone',
        targets: ['staging', 'prod'].map((env) => ({ service: 'web', env, steps })),
      }),
    )
    const room = deployRoom()
    await room.type('/deploy start web 7 --env prod')
    const [reply] = await room.type('/deploy status')
    expect(reply).toMatchObject({
      card: {
        fields: [
          { label: 'web on staging', value: 'Nothing yet.', tone: 'neutral' },
          { label: 'web on prod', value: '7, just now, by Ana.', tone: 'good' },
        ],
      },
    })
  })
})

describe('the version to go back to', () => {
  /** Written oldest first: `1` went well, `2!` failed, `<1` was brought back. */
  const before = (told: string) => versionBefore(told.split(' ').map(rollout).reverse())

  it.each([
    ['1', undefined],
    ['1!', undefined],
    ['1 2', '1'],
    ['1 2 2', '1'],
    ['1 2!', '1'],
    ['1 2! 3!', '1'],
    ['1 2 3!', '2'],
    ['1 2 <1', undefined],
    ['1 2 3 <2', '1'],
    ['1 2 3 <2 <1', undefined],
    ['1 2 <1 3', '1'],
    ['1 2 <1!', '2'],
    ['<5 6', '5'],
  ])('after %s is %s', (told, version) => {
    expect(before(told)).toBe(version)
  })

  function rollout(told: string): Rollout {
    const [, back, version = '', failed] = /^(<?)(\d)(!?)$/.exec(told) ?? []
    return {
      id: told,
      kind: back ? 'rollback' : 'start',
      version,
      by: 'Ana',
      at: 0,
      outcome: failed ? 'failed' : 'good',
    }
  }
})
