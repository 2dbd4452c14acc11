// Commands over one connection of Socket Mode beside the same over HTTP, in one and the same process: both take turns.
import { describe, size, turn } from './compare-contestants.mjs'
import { startContestant } from './contestants.mjs'
import { interleave, pick, ratio } from './rounds.mjs'

/** Commands answered in a second, and processor time for one, by each way. No answer rides in an acknowledgement. */
export async function sockets(bench) {
  const ours = bench.contestants.find(({ name }) => name === 'slashroom file:, delivered')
  const server = await startContestant(ours, {
    ...bench.given,
    env: { ...bench.given.env, SLACK_APP_TOKEN: 'xapp-1-bench' },
  })
  const kinds = { 'over HTTP': 'slack', 'over Socket Mode': 'slack-socket' }
  const ways = Object.entries(kinds).map(([name, platform]) => ({
    ...server,
    name,
    work: { platform, commands: 100, installations: 1, slots: 64, ports: server.ports },
  }))
  for (const { work } of ways) await bench.load.ask('saturate', { ...work, count: bench.warm, limitMs: 60_000 })
  for (const way of ways) await size(bench, way)
  const rates = await interleave(ways, { ...bench, figures: ['perSecond', 'cpuUs'] }, (way) => turn(bench, way))
  await server.stop()
  const of = (key) => Object.keys(kinds).map((name) => pick(rates, name, key))
  return {
    title: 'Answered, slack, slashroom file:, delivered',
    rows: describe(ways, rates),
    ratios: [
      { what: 'over Socket Mode ÷ over HTTP, per second', least: 0.8, ...ratio(...of('perSecond').toReversed()) },
      { what: 'over Socket Mode ÷ over HTTP, by processor time', least: 0.8, ...ratio(...of('cpuUs')) },
    ],
  }
}
