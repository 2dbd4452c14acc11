import type { Simulator } from '../../../src/simulator/hipchat.js'

/** Somebody who has nothing to do with an attack, and types `/ping` meanwhile. */
export interface Bystander {
  /** How long the answers to `count` pings took, one after the other, in milliseconds. */
  ping(count: number): Promise<readonly number[]>
}

/** Creates one in a room of the simulated server; `/ping n` must answer `pong n`. */
export function createBystander(simulator: Simulator): Bystander {
  const waiting = new Map<string, () => void>()
  simulator.onEvent((event) => {
    if (event.type !== 'entry') return
    const [answer = ''] = /pong \d+/.exec(JSON.stringify(event.entry)) ?? []
    waiting.get(answer)?.()
  })
  let count = 0

  async function pingOnce(): Promise<number> {
    const answer = `pong ${++count}`
    const answered = new Promise<void>((resolve) => waiting.set(answer, resolve))
    const began = performance.now()
    const { deliveries } = await simulator.say('Lounge', 'Carol', `/ping ${count}`)
    if (deliveries.some(({ state }) => state !== 'answered')) throw new Error(JSON.stringify(deliveries))
    await answered
    waiting.delete(answer)
    return performance.now() - began
  }

  return {
    async ping(times) {
      const took: number[] = []
      while (took.length < times) took.push(await pingOnce())
      return took
    },
  }
}

/** How both fare, ping by ping in turns, so that what else the machine does weighs on both. */
export async function compare(one: Bystander, other: Bystander, count: number): Promise<Comparison> {
  const [ones, others]: [number[], number[]] = [[], []]
  for (let n = 0; n < count; n++) {
    ones.push(...(await one.ping(1)))
    others.push(...(await other.ping(1)))
  }
  return { ms: median(ones), restMs: median(others), ratio: median(ones) / median(others) }
}

/** Compares again while the ratio is not below `bound`: the machine may have been busy with something else. */
export async function compareOften(one: Bystander, other: Bystander, bound: number): Promise<Comparison> {
  let found = await compare(one, other, 30)
  for (let attempt = 0; attempt < 5 && found.ratio >= bound; attempt++) found = await compare(one, other, 30)
  return found
}

/** The middle one's milliseconds: half took longer. */
export interface Comparison {
  readonly ms: number
  readonly restMs: number
  readonly ratio: number
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0
}
