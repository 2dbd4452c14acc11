import { testRoom } from 'slashroom/testing'
import { describe, expect, it, vi } from 'vitest'
import { textOf } from '../text.js'
import { deployRoom } from './service.js'

describe('/deploy without a deploy.yaml', () => {
  it('answers status with a card of the built-in example', async () => {
    const [reply] = await deployRoom().type('/deploy status')
    expect(reply).toMatchObject({
      kind: 'card',
      tone: 'good',
      card: {
        title: 'website 1.0.0 runs on staging',
        text: expect.stringContaining('built-in example'),
        fields: [
          { label: 'Service', value: 'website' },
          { label: 'Env', value: 'staging' },
          { label: 'Version', value: '1.0.0' },
          { label: 'Since', value: 'just now' },
          { label: 'By', value: 'Slashroom' },
        ],
      },
    })
  })

  it('starts, rolls back, and remembers both', async () => {
    const room = deployRoom()
    const started = await room.type('/deploy start')
    expect(started.slice(0, 3).map((reply) => textOf([reply]))).toEqual([
      'Deploying website 1.0.1 on staging: 1 of 3, Build…',
      'Deploying website 1.0.1 on staging: 2 of 3, Test…',
      'Deploying website 1.0.1 on staging: 3 of 3, Switch over…',
    ])
    expect(started.at(-1)).toMatchObject({
      tone: 'good',
      text: expect.stringMatching(/^website 1\.0\.1 is on staging,/),
    })
    expect(textOf(await room.type('/deploy status'))).toContain('website 1.0.1 runs on staging')

    expect(textOf((await room.type('/deploy rollback')).slice(-1))).toMatch(/^website 1\.0\.0 is back on staging/)
    expect(textOf(await room.type('/deploy history'))).toMatch(
      /^The last 3 deployments of website on staging:\n1\.0\.0 · brought back just now by Ana · took .*\n1\.0\.1 · deployed just now by Ana .*\n1\.0\.0 · deployed .* by Slashroom$/,
    )
    expect(textOf(await room.type('/deploy rollback'))).toBe(
      'There is no earlier version of website on staging to go back to.',
    )
  })

  it.each(['/deploy start 2.0.0', '/deploy start website 2.0.0', '/deploy start WEBSITE 2.0.0 --env staging'])(
    'takes the version that is named: %s',
    async (line) => {
      expect(textOf((await deployRoom().type(line)).slice(-1))).toContain('website 2.0.0 is on staging')
    },
  )

  it.each([
    ['/deploy start shop 2.0.0', 'There is no service “shop”. There are: website.'],
    ['/deploy start website 2.0.0 -e moon', 'website has no environment “moon”. There are: staging.'],
    ['/deploy start website two', 'Write the version as 1.2.3.'],
    ['/deploy start website "1.0.0; rm -rf /"', 'Write the version as 1.2.3.'],
    ['/deploy status shop', 'There is no service “shop”. There are: website.'],
  ])('says what does not fit: %s', async (line, answer) => {
    expect(await deployRoom().type(line)).toMatchObject([{ audience: 'caller', text: answer }])
  })

  it('lets one of two who start at once go first', async () => {
    const room = deployRoom()
    const both = await Promise.all([room.type('/deploy start 1.1.0'), room.as('Ben').type('/deploy start 1.2.0')])
    const [won = [], lost = []] = both.sort((one, other) => other.length - one.length)
    expect(won).toHaveLength(4)
    expect(textOf(lost)).toMatch(/^website on staging is being deployed: (Ana|Ben) started just now\./)
    expect(await room.type('/deploy start')).toHaveLength(4)
  })

  it('shows in the status that somebody deploys, or was interrupted', async () => {
    const room = deployRoom()
    const running = room.type('/deploy start')
    await vi.waitFor(async () => {
      const [reply] = await room.type('/deploy status')
      expect(reply).toMatchObject({
        tone: 'info',
        card: { text: expect.stringMatching(/^Ana is deploying, started just/) },
      })
    }, 30_000)
    room.stop()
    await running
    expect(textOf(await deployRoom(room.store).type('/deploy status'))).toContain('1.0.1 was interrupted just now.')
  })

  it('is found in the folder, which lists its commands by itself', async () => {
    const room = testRoom('commands')
    expect(textOf(await room.type('/deploy'))).toMatch(/history(?:.|\n)*rollback(?:.|\n)*start(?:.|\n)*status/)
    expect(textOf(await room.type('/deploy status'))).toContain('website 1.0.0 runs on staging')
  })
})
