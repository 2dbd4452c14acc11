import { whisper } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { describe, expect, it } from 'vitest'
import roll from '../../commands/roll.js'
import { textOf } from './text.js'

describe('/roll', () => {
  const room = testRoom(roll, { user: 'Ana' })
  const throws = async (line: string) => textOf(await room.type(line))

  it('throws one die of six sides when nothing else is asked', async () => {
    expect(await throws('/roll')).toMatch(/^Ana threw [1-6]\.$/)
  })

  it.each([
    ['/roll 2d6', /^Ana threw ([1-6]) \+ ([1-6]) = (\d+)\.$/],
    ['/roll D20', /^Ana threw ([1-9]|1\d|20)\.$/],
    ['/roll 2d8+2', /^Ana threw [1-8] \+ [1-8] \+ 2 = \d+\.$/],
    ['/roll 2d8 + 2', /^Ana threw [1-8] \+ [1-8] \+ 2 = \d+\.$/],
    ['/roll 1d8–2', /^Ana threw [1-8] - 2 = -?\d\.$/],
    ['/roll d%', /^Ana threw ([1-9]\d?|100)\.$/],
  ])('understands %s', async (line, answer) => {
    expect(await throws(line)).toMatch(answer)
  })

  it('adds up what it threw', async () => {
    const [, first, second, sum] = /threw (\d+) \+ (\d+) = (\d+)/.exec(await throws('/roll 2d6')) ?? []
    expect(Number(sum)).toBe(Number(first) + Number(second))
  })

  it('keeps the best, wherever that was asked', async () => {
    for (const line of ['/roll 3d20 --keep max', '/roll -k max 3d20']) {
      const [, thrown = '', kept] = /threw (.+) and keeps (\d+)/.exec(await throws(line)) ?? []
      expect(Number(kept)).toBe(Math.max(...thrown.split(', ').map(Number)))
    }
  })

  it.each(['2d', 'six', 'd', '2d6+', '2d6;ls', '9'.repeat(500)])(
    'refuses dice that it cannot throw: %s',
    async (dice) => {
      expect(await room.type(`/roll ${dice}`)).toEqual([whisper('Write the dice as 2d6, d20, 2d8+2 or d%.')])
    },
  )

  it.each(['0d6', '51d6', '999d6', '2d1', '2d1001', '2d99999'])('stays within bounds: %s', async (dice) => {
    expect(await throws(`/roll ${dice}`)).toMatch(/^(I can throw 1 to 50 dice|A die has 2 to 1000 sides)/)
  })
})
