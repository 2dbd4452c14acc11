import { describe, expect, it } from 'vitest'
import { createFairSlots } from '../../src/notify/fair-slots.js'

describe('slots', () => {
  it('leave a quarter to others where nothing of one owner ends', async () => {
    const slots = createFairSlots(32)
    const entered: string[] = []
    const enter = async (owner: string) => {
      const leave = await slots.enter(owner)
      entered.push(owner)
      return leave
    }
    const hanging = Array.from({ length: 50 }, () => enter('flood'))
    await enter('other')
    expect(entered.filter((owner) => owner === 'flood')).toHaveLength(24)
    expect(entered.at(-1)).toBe('other')
    const leave = await hanging[0]
    leave?.()
    await hanging[24]
  })

  it('are given in turn to those who wait', async () => {
    const slots = createFairSlots(4)
    const leaves = await Promise.all(['a', 'a', 'a', 'b'].map((owner) => slots.enter(owner)))
    const entered: string[] = []
    for (const owner of ['a', 'a', 'c', 'a']) void slots.enter(owner).then(() => entered.push(owner))
    for (const leave of leaves) leave()
    await expect.poll(() => entered).toHaveLength(4)
    expect(entered.indexOf('c')).toBeLessThan(2)
  })
})
