import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProgressThrottle } from '../../src/delivery/progress-throttle.js'
import { card, type Reply, say } from '../../src/model/reply.js'

describe('progress where nothing can be edited', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('shows the first at once, then the newest with growing pauses, then the last', () => {
    const { sparse, shown } = room()
    const seconds: [number, string][] = []
    for (let second = 0; second <= 200; second++) {
      sparse.put(progress(`${second}`))
      vi.advanceTimersByTime(1_000)
      seconds.push(...shown.splice(0).map((text): [number, string] => [second, text]))
    }
    sparse.end()
    expect(seconds.map(([, text]) => Number(text))).toEqual([0, 9, 29, 69, 129, 189])
    expect(shown).toEqual(['200'])
  })

  it('shows what was held before what is to stay, as it was given', () => {
    const { sparse, shown } = room()
    for (const text of ['1', '2', '3']) sparse.put(progress(text))
    sparse.put(say('done'))
    sparse.end()
    expect(shown).toEqual(['1', '3', 'done'])
  })

  it('shows an update at once after a long silence', () => {
    const { sparse, shown } = room()
    sparse.put(progress('1'))
    vi.advanceTimersByTime(60_000)
    sparse.put(progress('2'))
    expect(shown).toEqual(['1', '2'])
    sparse.put(progress('3'))
    expect(shown).toEqual(['1', '2'])
    sparse.end()
    expect(shown).toEqual(['1', '2', '3'])
  })

  it('keeps names apart: one does not push out the other', () => {
    const { sparse, shown } = room()
    for (const text of ['1', '2', '3']) for (const name of ['a', 'b']) sparse.put(progress(`${name}${text}`, name))
    vi.advanceTimersByTime(10_000)
    expect(shown).toEqual(['a1', 'b1', 'a3', 'b3'])
  })

  it('lets through all that can be edited, and forgets text whose place a card took', () => {
    const { sparse, shown } = room()
    for (const text of ['1', '2']) sparse.put(progress(text))
    for (const title of ['3', '4']) sparse.put(card({ title }, { updateKey: 'progress' }))
    sparse.end()
    expect(shown).toEqual(['1', '3', '4'])
  })

  it('leaves no timer behind', () => {
    const { sparse } = room()
    for (const text of ['1', '2']) sparse.put(progress(text))
    sparse.end()
    expect(vi.getTimerCount()).toBe(0)
  })
})

function progress(text: string, updateKey = 'progress'): Reply {
  return say(text, { updateKey })
}

/** A room in which cards alone can be edited. */
function room() {
  const shown: string[] = []
  const sparse = createProgressThrottle({
    put: (reply) => shown.push(reply.kind === 'card' ? reply.card.title : reply.kind === 'text' ? reply.text : ''),
    canEdit: ({ kind }) => kind === 'card',
  })
  return { sparse, shown }
}
