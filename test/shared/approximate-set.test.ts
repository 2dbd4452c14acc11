import { describe, expect, it } from 'vitest'
import { createApproximateSet } from '../../src/shared/approximate-set.js'

describe('texts that came before', () => {
  it('are nearly all of those that came, and no others', () => {
    const seen = createApproximateSet()
    for (let n = 0; n < 100_000; n++) seen.add(`webhook/hipchat/installation-${n}/1000`)
    let kept = 0
    for (let n = 0; n < 100_000; n++) {
      if (seen.has(`webhook/hipchat/installation-${n}/1000`)) kept++
      expect(seen.has(`webhook/hipchat/installation-${n}/1001`)).toBe(false)
    }
    expect(kept).toBeGreaterThan(99_000)
  })

  it('are forgotten one by one where more come than there is space for, and never all', () => {
    const seen = createApproximateSet(1_024)
    for (let n = 0; n < 10_000; n++) seen.add(`room ${n}`)
    const kept = Array.from({ length: 10_000 }, (_, n) => seen.has(`room ${n}`)).filter(Boolean)
    expect(kept.length).toBe(1_024)
    expect(seen.has('room 9999')).toBe(true)
  })

  it('are forgotten when told, and come again', () => {
    const seen = createApproximateSet()
    for (const text of ['a', 'b', 'a']) seen.add(text)
    seen.delete('a')
    seen.delete('c')
    expect([seen.has('a'), seen.has('b'), seen.has('')]).toEqual([false, true, false])
    seen.add('a')
    expect(seen.has('a')).toBe(true)
  })
})
