// Commands over connections that the bot opens, compared with HTTP in the same process; all take turns.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { people, roomOf, xmpp } from './agreed-values.mjs'
import { describe, size, turn } from './compare-contestants.mjs'
import { startContestant } from './contestants.mjs'
import { startProsody } from './prosody.mjs'
import { interleave, pick, ratio } from './rounds.mjs'
import { figure, percent } from './table.mjs'

/** Commands answered per second, and processor time for each. No answer is in an acknowledgement. */
export async function sockets(bench) {
  const prosody = await startProsody()
  const server = await startContestant(oursIn(bench), {
    ...bench.given,
    env: { ...bench.given.env, SLACK_APP_TOKEN: 'xapp-1-bench', ...prosody?.env(people.map(roomOf)) },
  })
  if (prosody) await bench.load.ask('enter', { port: prosody.port })
  const kinds = {
    'over HTTP': 'slack',
    'over Socket Mode': 'slack-socket',
    ...(prosody ? { 'over XMPP': 'xmpp' } : {}),
  }
  const ways = Object.entries(kinds).map(([name, platform]) => ({
    ...server,
    name,
    work: { platform, commands: 100, installations: 1, slots: 64, ports: server.ports },
  }))
  for (const { work } of ways) await bench.load.ask('saturate', { ...work, count: bench.warm, limitMs: 60_000 })
  for (const way of ways) await size(bench, way)
  const ofProsody = { cpuMs: 0, done: 0, seconds: 0 }
  const rates = await interleave(ways, { ...bench, figures: ['perSecond', 'cpuUs'] }, async (way) => {
    const before = prosody?.cpuMs()
    const result = await turn(bench, way)
    if (way.work.platform === 'xmpp') {
      ofProsody.cpuMs += prosody.cpuMs() - before
      ofProsody.done += result.done
      ofProsody.seconds += result.seconds
    }
    return result
  })
  await server.stop()
  prosody?.stop()
  const ratios = ['over Socket Mode', 'over XMPP'].flatMap((name) => {
    if (!rates.has(name)) return [{ what: `${name} ÷ over HTTP, per second`, least: 0.8, withheld: missing }]
    const of = (key) => [name, 'over HTTP'].map((one) => pick(rates, one, key))
    return [
      { what: `${name} ÷ over HTTP, per second`, least: 0.8, ...ratio(...of('perSecond')) },
      { what: `${name} ÷ over HTTP, by processor time`, least: 0.8, ...ratio(...of('cpuUs').toReversed()) },
    ]
  })
  const rows = [...describe(ways, rates), ...(prosody ? [rowOf(ofProsody)] : [])]
  return { title: 'Answered, slack and xmpp, slashroom file:, delivered', rows, ratios }
}

/** The processor time of the server itself for the answers over XMPP. */
function rowOf({ cpuMs, done, seconds }) {
  return {
    name: 'prosody itself',
    'cpu µs each': figure((cpuMs * 1_000) / done),
    busy: percent(cpuMs / 1_000 / seconds),
  }
}

/** The memory of a bot in one room, and in a thousand more that are otherwise empty. */
export async function rooms(bench) {
  const prosody = await startProsody()
  const title = 'Memory of rooms, xmpp, slashroom file:'
  if (!prosody) return { title, rows: [], ratios: [{ what: 'kB a room', withheld: missing }] }
  const sizes = [1, 1 + more]
  const held = []
  for (const count of sizes) {
    bench.told(`${count} rooms`)
    held.push(await holdRooms(bench, prosody, count))
  }
  prosody.stop()
  const [one, all] = held
  const perRoom = (key) => figure(((all[key] - one[key]) * 1_024) / more)
  const rows = sizes.map((count, at) => {
    const { rssMb, heapMb, seconds } = held[at]
    return {
      name: count === 1 ? 'in one room' : `in ${count} rooms`,
      'seconds to be in': figure(seconds),
      'resident MB': figure(rssMb),
      'heap MB': figure(heapMb),
    }
  })
  return {
    title,
    rows: [...rows, { name: 'a room', 'resident kB': perRoom('rssMb'), 'heap kB': perRoom('heapMb') }],
    ratios: [],
  }
}

async function holdRooms(bench, prosody, count) {
  const names = Array.from({ length: count }, (_, at) => `room${at}@${xmpp.rooms}`)
  const server = await startContestant(oursIn(bench), {
    ...bench.given,
    env: { ...bench.given.env, ...prosody.env(names), LOG_LEVEL: 'info' },
  })
  try {
    const since = server.started
    const entered = () => readFileSync(server.log, 'utf8').split('"in the room"').length - 1
    while (entered() < count) {
      if (Date.now() - since > limitMs)
        throw new Error(`the bot is in ${entered()} of ${count} rooms after ${limitMs / 1_000} s`)
      await sleep(100)
    }
    const seconds = (Date.now() - since) / 1_000
    return { seconds, ...(await server.ask('settle')) }
  } finally {
    await server.stop()
  }
}

function oursIn({ contestants }) {
  return contestants.find(({ name }) => name === 'slashroom file:, delivered')
}

const more = 1_000
const limitMs = 180_000
const missing = 'prosody is missing, so that nothing is measured over XMPP'
