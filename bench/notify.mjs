// The notifier and commands in the same process, in turns.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, size, turn } from './compare-contestants.mjs'
import { startContestant } from './contestants.mjs'
import { scratch } from './processes.mjs'
import { interleave, median, pick, ratio } from './rounds.mjs'
import { figure } from './table.mjs'

/** Posts accepted and delivered; the cost of a post to a thousand rooms for its sender, for others, and in memory. */
export async function notify(bench) {
  const server = await startNotifying(bench)
  const ways = await warmBoth(bench, server)
  const rates = await interleave(ways, { ...bench, figures: ['perSecond'] }, (way) => turn(bench, way))
  const posts = await postToAll(bench, server)
  const acks = await ackMeanwhile(bench, server)
  const held = await holdAfter(bench, server)
  await server.stop()
  const [ofRate, ofCost] = ['perSecond', 'cpuUs'].map((key) =>
    ['notifications', 'commands'].map((name) => pick(rates, name, key)),
  )
  const msOf = (results, name) => pick(results, name, 'ms')
  return {
    title: 'Notifications, slack, slashroom file:',
    rows: [
      ...describe(ways, rates),
      ...[...posts.keys()].map((name) => ({ name, 'ack ms': figure(median(msOf(posts, name))) })),
      ...[...acks.keys()].map((name) => ({ name, 'ack p99 ms': figure(median(msOf(acks, name))) })),
      { name: 'before', 'heap MB': figure(held.before.heapMb), 'resident MB': figure(held.before.rssMb) },
      {
        name: `after ${held.posts} posts to 1,000 rooms`,
        'heap MB': figure(held.after.heapMb),
        'resident MB': figure(held.after.rssMb),
      },
    ],
    ratios: [
      { what: 'notifications ÷ commands, per second', least: 0.9, ...ratio(...ofRate) },
      { what: 'notifications ÷ commands, by processor time', least: 0.9, ...ratio(...ofCost.toReversed()) },
      {
        what: 'a post to 1,000 rooms ÷ to one, until its 2xx',
        most: 10,
        ...ratio(msOf(posts, 'to 1,000 rooms'), msOf(posts, 'to one room')),
      },
      {
        what: 'ack of commands meanwhile ÷ at rest, p99',
        most: 1.5,
        ...ratio(msOf(acks, 'commands meanwhile'), msOf(acks, 'commands at rest')),
      },
      {
        what: 'heap after posts to 1,000 rooms ÷ before',
        most: 1.1,
        ...ratio([held.after.heapMb], [held.before.heapMb]),
      },
    ],
  }
}

/** Acknowledgements contain no answers here, so that a command's answer is sent like a notification. */
async function startNotifying({ contestants, given }) {
  const ours = contestants.find(({ name }) => name === 'slashroom file:')
  const dir = join(scratch, 'data-notify')
  mkdirSync(dir)
  const admin = (...args) => {
    const env = { ...process.env, STORE_URL: `file:${dir}` }
    const { status, stdout, stderr } = spawnSync(process.execPath, [ours.script, ...args], { env, encoding: 'utf8' })
    if (status !== 0) throw new Error(stderr)
    return stdout.trim()
  }
  const token = admin('token', 'create', '--name', 'bench', '--all-rooms', '--rate', 'none')
  admin('alias', 'set', 'everyone', ...Array.from({ length: 1_000 }, (_, n) => `slack:C${1_000 + n}`))
  const server = await startContestant(ours, { ...given, dir, env: { ...given.env, ANSWER_IN_ACK_MS: '0' } })
  return { ...server, token }
}

async function warmBoth(bench, server) {
  const { ports, token } = server
  const kinds = { commands: { ...commands }, notifications: { platform: 'notify', token } }
  const ways = Object.entries(kinds).map(([name, kind]) => ({ ...server, name, work: { ...kind, slots: 64, ports } }))
  for (const { work } of ways) await bench.load.ask('saturate', { ...work, count: bench.warm, limitMs: 60_000 })
  for (const way of ways) await size(bench, way)
  return ways
}

/** Each after the previous one has reached its rooms. */
async function postToAll(bench, { port, token }) {
  const kinds = [
    { name: 'to one room', rooms: 1 },
    { name: 'to 1,000 rooms', rooms: 1_000, room: 'everyone' },
  ]
  for (const kind of kinds) await bench.load.ask('post', { ...kind, port, token })
  const turns = Math.ceil(bench.turns / 4)
  return await interleave(kinds, { ...bench, turns, most: 2 * turns, figures: ['ms'] }, (kind) =>
    bench.load.ask('post', { ...kind, port, token }),
  )
}

/** How long commands wait for their 2xx while posts to a thousand rooms are delivered one after the other. */
async function ackMeanwhile(bench, { port, token }) {
  const pace = async () => {
    const { ack } = await bench.load.ask('pace', { ...commands, port, rate: bench.rate / 5, count: 200 })
    return { ms: ack.p99 }
  }
  const busy = async () => {
    let going = true
    const paced = pace().finally(() => {
      going = false
    })
    while (going) await bench.load.ask('post', { room: 'everyone', rooms: 1_000, port, token })
    return await paced
  }
  const kinds = [
    { name: 'commands at rest', run: pace },
    { name: 'commands meanwhile', run: busy },
  ]
  const turns = Math.ceil(bench.turns / 6)
  return await interleave(kinds, { ...bench, turns, most: 2 * turns, figures: ['ms'] }, ({ run }) => run())
}

async function holdAfter({ load, rounds }, { port, token, ask }) {
  const before = await ask('settle')
  const posts = 3 * rounds
  for (let post = 0; post < posts; post++) await load.ask('post', { room: 'everyone', rooms: 1_000, port, token })
  return { posts, before, after: await ask('settle') }
}

const commands = { platform: 'slack', commands: 100, installations: 1 }
