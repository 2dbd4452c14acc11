// Compares another build of this bot with this one, for each store: as users start it, in new processes each round.

import { timeStarts } from './benchmarks.mjs'
import { compareAfresh } from './compare-contestants.mjs'
import { buildIn } from './contestants.mjs'
import { median, pick, ratio } from './rounds.mjs'
import { figure } from './table.mjs'

const sides = ['other build', 'this build']

/** The build in `bench.beside` and this one: answers per second, memory after equal work, time from start to first answer. */
export async function beside(bench) {
  const stores = bench.contestants.filter(
    ({ kind, processes, delivers }) => kind === 'ours' && processes === 1 && !delivers,
  )
  const rows = []
  const ratios = []
  const add = (what, results, key, limit) => {
    const [other, ours] = sides.map((side) => pick(results, side, key))
    rows.push({ what, [sides[0]]: figure(median(other)), [sides[1]]: figure(median(ours)) })
    ratios.push({ what: `${what}, this build ÷ other build`, ...limit, ...ratio(ours, other) })
  }
  for (const one of stores) {
    const told = (what) => bench.told(`${one.store} ${what}`)
    const work = { service: 'hipchat', equal: true }
    const results = await compareAfresh({ ...bench, told }, pairOf(one, bench.beside), work)
    add(`${one.store} answered per second`, results, 'perSecond', { least: 0.97 })
    add(`${one.store} processor µs for one`, results, 'cpuUs', {})
    add(`${one.store} resident MB`, results, 'rssMb', { most: 1.03 })
    add(`${one.store} heap MB`, results, 'heapMb', {})
  }
  const file = stores.find(({ store }) => store === 'file:')
  add('file: start to first answer, ms', await timeStarts(bench, pairOf(file, bench.beside), 100), 'ms', { most: 1.03 })
  return { title: `This build beside ${bench.beside}`, rows, ratios }
}

function pairOf(one, dir) {
  return [
    { ...one, name: sides[0], ...buildIn(dir) },
    { ...one, name: sides[1] },
  ]
}
