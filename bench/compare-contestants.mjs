// Runs the same work for each contestant and formats the results.
import { setTimeout as sleep } from 'node:timers/promises'
import { startContestant } from './contestants.mjs'
import { interleave, median, pick, ratio, uncertainty } from './rounds.mjs'
import { figure, percent } from './table.mjs'

/**
 * Starts and warms up the contestants, lets them take short turns, and returns the results by contestant. `equal` gives all the
 * same number of requests and adds the memory at the end of each turn.
 */
export async function compare(bench, some, { commands = 100, service, equal, ...kind }) {
  const servers = []
  for (const one of some) servers.push(await warm(bench, one, { ...kind, commands, platform: service }))
  // The first one has waited since its warm-up, and its speed is only known now.
  for (const server of servers) await size(bench, server)
  const count = Math.min(...servers.map(({ work }) => work.count))
  if (equal) for (const { work } of servers) work.count = count
  const results = await interleave(servers, { ...bench, figures: ['perSecond', 'cpuUs'] }, (server) =>
    turn(bench, server),
  )
  for (const server of servers) {
    const held = equal && (await server.ask('settle'))
    for (const brought of results.get(server.name)) Object.assign(brought, held)
    await server.stop()
  }
  return results
}

/** The same with new processes in each round, because the same code may be ten percent slower in another process. */
export async function compareAfresh(bench, some, kind) {
  const results = new Map(some.map(({ name }) => [name, []]))
  for (let round = 0; round < bench.rounds; round++) {
    const told = (what) => bench.told(`round ${round + 1} of ${bench.rounds}, ${what}`)
    const order = round % 2 === 0 ? some : some.toReversed()
    const number = Math.ceil(bench.turns / 2)
    const once = { ...bench, turns: number, most: number, warm: 2 * bench.warm, told }
    for (const [name, turns] of await compare(once, order, kind)) results.get(name).push(turns)
  }
  return results
}

/** Until caches are filled and nearly all commands were called, because V8 compiles each on its first call. */
async function warm(bench, one, { commands, ...kind }) {
  bench.told(`starting ${one.name}`)
  const { installations = 1, uneven } = one
  const files = one.commands ?? commands
  const server = await startContestant(one, { ...bench.given, commands: files })
  const work = { ...kind, slots, ports: server.ports, commands: files, installations, uneven }
  const count = bench.warm + Math.floor(installations / 5) + 3 * files
  await bench.load.ask('saturate', { ...work, count, limitMs: 60_000 })
  return { ...server, work }
}

/** A turn is as many requests as fit its time; two more per connection do not count. */
export async function size(bench, server) {
  const { perSecond } = await bench.load.ask('saturate', { ...server.work, count: bench.warm })
  server.work.count = 2 * slots + Math.max(Math.round(perSecond * bench.seconds), 16)
}

const slots = 64

export async function turn(bench, server) {
  const before = await server.ask('usage')
  const result = await bench.load.ask('saturate', server.work)
  await sleep(30) // work after the answer, such as recording it, counts too
  const after = await server.ask('usage')
  if (result.lost > 0 || result.doubled > 0) {
    bench.note(
      `${server.name}: ${result.lost} lost, ${result.doubled} twice, answers ${JSON.stringify(result.statuses)}`,
    )
  }
  const cpuMs = after.cpuMs - before.cpuMs
  const { perSecond, done, seconds } = result
  return { perSecond, cpuUs: (cpuMs * 1_000) / done, busy: cpuMs / 1_000 / seconds, done, seconds }
}

/** A row for each contestant. */
export function describe(some, results) {
  return some.map(({ name }) => {
    const rates = pick(results, name, 'perSecond')
    const costs = pick(results, name, 'cpuUs')
    return {
      name,
      'per second': figure(median(rates)),
      '± rate': percent(uncertainty(rates)),
      'cpu µs each': figure(median(costs)),
      '± cpu': percent(uncertainty(costs)),
      busy: percent(median(pick(results, name, 'busy'))),
    }
  })
}

/** How many times as much `ours` answers as `other`, by wall time and by processor time; undefined if one was not measured. */
export function against(some, results, { ours, other, least }) {
  if (![ours, other].every((wanted) => results.has(wanted))) return []
  const ratioOf = (one, another, key) => ratio(pick(results, one, key), pick(results, another, key))
  const byRate = { what: `${ours} ÷ ${other}, per second`, least, ...ratioOf(ours, other, 'perSecond') }
  // Two processes are to answer more; each of them does the whole work for its share.
  if (some.find(({ name }) => name === ours).processes > 1) return [byRate]
  return [byRate, { what: `${ours} ÷ ${other}, by processor time`, least, ...ratioOf(other, ours, 'cpuUs') }]
}
