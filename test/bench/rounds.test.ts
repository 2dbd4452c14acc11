import { describe, expect, it } from 'vitest'

// Plain JavaScript, which runs without a build.
const { interleave, median, medianInterval, ratio } = await import(
  new URL('../../bench/rounds.mjs', import.meta.url).href
)

describe('the figures of the benchmark', () => {
  it('lets each contestant go before each other as often as after it', async () => {
    const order: string[] = []
    const contestants = ['a', 'b', 'c'].map((name) => ({ name }))
    await interleave(contestants, { turns: 6, figures: [] }, ({ name }: { name: string }) => order.push(name))

    const rounds = Array.from({ length: 6 }, (_, at) => order.slice(at * 3, at * 3 + 3))
    const times = (one: string, other: string) => rounds.filter((all) => all.indexOf(one) < all.indexOf(other)).length
    expect([times('a', 'b'), times('a', 'c'), times('b', 'c')]).toEqual([3, 3, 3])
    expect(new Set(rounds.map(([first]) => first)).size).toBe(3)
  })

  it('goes on while two contestants cannot be told apart, up to a bound', async () => {
    const contestants = ['a', 'b'].map((name) => ({ name }))
    const count = async (ms: () => number) =>
      (await interleave(contestants, { turns: 8, most: 20, figures: ['ms'] }, () => ({ ms: ms() }))).get('a').length
    let calls = 0

    expect(await count(() => 100)).toBe(8)
    expect(await count(() => 2 ** (++calls % 7))).toBe(20)
  })

  it('takes the median of pairs, so that what slows both of a pair does not count', () => {
    const slowed = [1, 1, 5, 1, 9, 1, 2, 1, 1]
    const ones = slowed.map((by) => 100 / by)
    const others = slowed.map((by) => 80 / by)

    expect(ratio(ones, others)).toMatchObject({ value: 1.25, low: 1.25, high: 1.25, uncertain: false })
  })

  it('gives the interval that holds the true median 95 times in 100, by the order of the values', () => {
    const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

    // As in tables of the sign test.
    expect(medianInterval(upTo(3))).toEqual([1, 3])
    expect(medianInterval(upTo(9))).toEqual([2, 8])
    expect(medianInterval(upTo(20))).toEqual([6, 15])
    expect(medianInterval(upTo(100))).toEqual([40, 61])
  })

  it('holds the true median about as often as it says', () => {
    let seed = 1
    const draw = () => {
      seed = (seed * 48_271) % 2_147_483_647
      return (seed / 2_147_483_647) ** 3
    }
    const held = Array.from({ length: 2_000 }, () => {
      const [low, high] = medianInterval(Array.from({ length: 40 }, draw))
      return low <= 0.125 && 0.125 <= high
    }).filter(Boolean)

    expect(held.length / 2_000).toBeGreaterThan(0.94)
  })

  it('calls a ratio uncertain where its interval is wider than a tenth to either side', () => {
    const around = (spread: number) => Array.from({ length: 20 }, (_, at) => 1 + spread * (at / 19 - 0.5))
    const one = Array.from({ length: 20 }, () => 1)

    expect(ratio(around(0.2), one).uncertain).toBe(false)
    expect(ratio(around(0.9), one).uncertain).toBe(true)
    expect(ratio([0], [0])).toEqual({ withheld: 'nothing was measured' })
  })

  it('counts the turns of one process as one pair', () => {
    const ones = [
      [2, 2, 8],
      [3, 3, 3],
    ]
    const others = [
      [1, 9, 4],
      [1, 1, 1],
    ]

    expect(median(ones)).toBe(2.5)
    expect(ratio(ones, others)).toMatchObject({ value: 2.5, low: 2, high: 3, pairs: 2 })
  })
})
