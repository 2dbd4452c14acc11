// What is measured. Each measure gives a table: its title, its rows, and the ratios that are asked of it.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { commandText, launch, startContestant, writeCommands } from './contestants.mjs'
import { freePort, scratch, start } from './processes.mjs'
import { interleave, median, ratio, spread } from './rounds.mjs'

/** All measures by name, in the order in which they are made. */
export const measures = {
  hipchat: (bench) => answered(bench, 'hipchat'),
  slack: (bench) => answered(bench, 'slack'),
  many: (bench) => answered(bench, 'slack', { commands: 1_000, kinds: ['ours', 'peer'], suffix: ', 1,000 commands' }),
  forged,
  ack,
  start: startUp,
  memory,
  commands: growthOfCommands,
  installations: growthOfInstallations,
  parser,
  reload,
  recovery,
}

/** From webhook to delivered notification, as many as can be: requests in a second, and processor time for one. */
async function answered(bench, service, { commands = 100, kinds, suffix = '' } = {}) {
  const some = bench.contestants.filter(
    ({ services, kind }) => services.includes(service) && (!kinds || kinds.includes(kind)),
  )
  const results = await compare(bench, some, { service, commands })
  return {
    title: `Answered, ${service}${suffix}`,
    rows: describe(some, results),
    ratios: [
      ...against(some, results, { ours: 'slashroom memory:', other: 'hand-assembled', least: 1 }),
      ...against(some, results, { ours: 'slashroom memory:', other: 'bare node:http', least: 0.75 }),
      ...against(some, results, { ours: 'slashroom file:', other: 'hand-assembled', least: 0.85 }),
      ...against(some, results, { ours: 'slashroom redis:', other: 'hand-assembled', least: 0.5 }),
      ...against(some, results, { ours: 'slashroom redis: × 2', other: 'hand-assembled', least: 0.9 }),
      ...against(some, results, { ours: 'slashroom file:', other: '@slack/bolt', least: commands > 100 ? 50 : 10 }),
      ...against(some, results, { ours: 'slashroom file:', other: 'chat (Vercel)', least: 4 }),
      ...against(some, results, { ours: 'slashroom file:', other: 'hubot', least: 2 }),
    ],
  }
}

/** Requests that somebody signed with another secret: refused in a second, and processor time for one. */
async function forged(bench) {
  const some = bench.contestants.filter(
    ({ name, kind }) => ['floor', 'assembled'].includes(kind) || name === 'slashroom file:',
  )
  const results = await compare(bench, some, { service: 'hipchat', forged: true, expect: 'refusal' })
  return {
    title: 'Forged requests refused, hipchat',
    rows: describe(some, results),
    ratios: against(some, results, { ours: 'slashroom file:', other: 'hand-assembled', least: 1.5 }),
  }
}

/** Rounds of the same work for each contestant. */
async function compare(bench, some, { commands = 100, service, ...kind }) {
  const servers = []
  for (const one of some) {
    const installations = one.installations ?? 1
    const files = one.commands ?? commands
    const server = await startContestant(one, { ...bench.given, commands: files, installations })
    const { ports } = server
    const work = { ...kind, platform: service, ports, commands: files, installations, uneven: one.uneven }
    // Until caches hold what they hold in the long run, and nearly all commands were called: V8 compiles each when it is.
    const count = bench.warm + Math.floor(installations / 5) + 3 * files
    const warm = await bench.load.ask('saturate', { ...work, count, limitMs: 60_000 })
    const due = Math.round(warm.perSecond * bench.seconds)
    servers.push({ ...server, work: { ...work, count: Math.min(Math.max(due, 200), 20_000) } })
  }
  // Who was warmed first has waited since.
  for (const { work } of servers) await bench.load.ask('saturate', { ...work, count: bench.warm })
  const results = await interleave(servers, bench.rounds, async (server) => await turn(bench, server), bench.told)
  for (const server of servers) await server.stop()
  return results
}

/**
 * The same with new processes in each round, as one and the same code is a tenth dearer in one process than in the next.
 * Within a round they take short turns: it takes so long to start and warm them that the machine is not what it was.
 */
async function compareAfresh(bench, some, kind) {
  const results = new Map(some.map(({ name }) => [name, []]))
  for (let round = 0; round < bench.rounds; round++) {
    bench.told(round + 1, bench.rounds)
    const once = { ...bench, rounds: 5, warm: 2 * bench.warm, told() {} }
    for (const [name, turns] of await compare(once, some, kind)) results.get(name).push(middle(turns))
  }
  return results
}

/** Of each figure the median. */
function middle(turns) {
  const figures = Object.keys(turns[0])
  return Object.fromEntries(figures.map((figure) => [figure, median(turns.map((turn) => turn[figure]))]))
}

async function turn(bench, server) {
  const before = await server.ask('usage')
  const result = await bench.load.ask('saturate', server.work)
  const after = await server.ask('usage')
  if (result.lost > 0 || result.doubled > 0) {
    bench.note(
      `${server.name}: ${result.lost} lost, ${result.doubled} twice, answers ${JSON.stringify(result.statuses)}`,
    )
  }
  const cpuMs = after.cpuMs - before.cpuMs
  return { perSecond: result.perSecond, cpuUs: (cpuMs * 1_000) / result.done, busy: cpuMs / 1_000 / result.seconds }
}

function describe(some, results) {
  return some.map(({ name }) => {
    const rounds = results.get(name)
    const rates = rounds.map(({ perSecond }) => perSecond)
    const costs = rounds.map(({ cpuUs }) => cpuUs)
    return {
      name,
      'per second': round(median(rates)),
      'differ by': percent(spread(rates)),
      'cpu µs each': round(median(costs)),
      'cpu differs by': percent(spread(costs)),
      busy: percent(median(rounds.map(({ busy }) => busy))),
    }
  })
}

function against(some, results, { ours, other, least }) {
  if (![ours, other].every((wanted) => some.some(({ name }) => name === wanted))) return []
  const of = (name, pick) => results.get(name).map(pick)
  const rate = ratio(
    of(ours, ({ perSecond }) => perSecond),
    of(other, ({ perSecond }) => perSecond),
  )
  const cost = ratio(
    of(other, ({ cpuUs }) => cpuUs),
    of(ours, ({ cpuUs }) => cpuUs),
  )
  const byRate = { what: `${ours} ÷ ${other}, per second`, least, ...rate }
  // Two processes are to answer more; each of them does the whole work for its share.
  if (some.find(({ name }) => name === ours).processes > 1) return [byRate]
  return [byRate, { what: `${ours} ÷ ${other}, by processor time`, least, ...cost }]
}

/** How long the sender waits for its 2xx, and the room for its answer, at a rate that all can hold. */
async function ack(bench) {
  const some = bench.contestants.filter(({ kind, processes = 1 }) => kind !== 'peer' && processes === 1)
  const servers = []
  for (const one of some) {
    const server = await startContestant(one, bench.given)
    await bench.load.ask('saturate', {
      platform: 'hipchat',
      port: server.port,
      commands: 100,
      installations: 1,
      count: bench.warm,
    })
    servers.push(server)
  }
  const results = await interleave(
    servers,
    bench.rounds,
    (server) =>
      bench.load.ask('pace', {
        platform: 'hipchat',
        port: server.port,
        commands: 100,
        installations: 1,
        rate: bench.rate,
        count: Math.round(bench.rate * bench.seconds * 2),
      }),
    bench.told,
  )
  for (const server of servers) await server.stop()
  const pick = (name, read) => results.get(name).map(read)
  const rows = some.map(({ name }) => ({
    name,
    'ack p50 ms': fixed(median(pick(name, ({ ack }) => ack.p50))),
    'ack p99 ms': fixed(median(pick(name, ({ ack }) => ack.p99))),
    'answer p50 ms': fixed(median(pick(name, ({ answer }) => answer.p50))),
    'answer p99 ms': fixed(median(pick(name, ({ answer }) => answer.p99))),
    'p99 differs by': percent(spread(pick(name, ({ ack }) => ack.p99))),
  }))
  const p99 = (name) => pick(name, ({ ack }) => ack.p99)
  const p50 = (name) => pick(name, ({ ack }) => ack.p50)
  return {
    title: `Ack at ${bench.rate} requests a second, hipchat`,
    rows,
    ratios: [
      {
        what: 'slashroom file: ÷ hand-assembled, p99',
        most: 2,
        ...ratio(p99('slashroom file:'), p99('hand-assembled')),
      },
      {
        what: 'slashroom file: ÷ hand-assembled, p50',
        most: 2,
        ...ratio(p50('slashroom file:'), p50('hand-assembled')),
      },
    ],
  }
}

/** From the process's start to its first answer in a room. */
async function startUp(bench) {
  const some = bench.contestants.filter(({ name, kind }) => kind === 'assembled' || name === 'slashroom file:')
  const rows = []
  const ratios = []
  for (const [commands, most] of [
    [100, 1.5],
    [1_000, 3],
  ]) {
    const results = await interleave(
      some,
      bench.rounds,
      async (one) => {
        const port = await freePort()
        const process = await launch(one, { ...bench.given, commands, port })
        const { at } = await bench.load.ask('first', { platform: 'slack', port, commands, installations: 1 })
        await process.ready
        await process.stop()
        return at - process.started
      },
      bench.told,
    )
    for (const { name } of some) {
      const times = results.get(name)
      rows.push({ name, commands, ms: round(median(times)), 'differ by': percent(spread(times)) })
    }
    const what = `slashroom file: ÷ hand-assembled, ${commands} commands`
    ratios.push({ what, most, ...ratio(results.get('slashroom file:'), results.get('hand-assembled')) })
  }
  return { title: 'Start to first answer', rows, ratios }
}

/** What is held after so many answers, and after twice as many. */
async function memory(bench) {
  const some = bench.contestants.filter(({ name, kind }) => kind === 'assembled' || name === 'slashroom file:')
  const rows = []
  const held = new Map()
  for (const one of some) {
    const server = await startContestant(one, bench.given)
    const steps = []
    for (let step = 0; step < 3; step++) {
      for (let left = bench.answers; left > 0; left -= 10_000) {
        const count = Math.min(left, 10_000)
        const limitMs = 60_000
        await bench.load.ask('saturate', {
          platform: 'hipchat',
          port: server.port,
          commands: 100,
          installations: 1,
          count,
          limitMs,
        })
      }
      steps.push(await server.ask('settle'))
    }
    await server.stop()
    held.set(one.name, steps)
    for (const [index, { rssMb, heapMb }] of steps.entries()) {
      rows.push({
        name: one.name,
        answered: (index + 1) * bench.answers,
        'resident MB': fixed(rssMb),
        'heap MB': fixed(heapMb),
      })
    }
  }
  const [ours, other] = [held.get('slashroom file:'), held.get('hand-assembled')]
  return {
    title: 'Memory',
    rows,
    ratios: [
      {
        what: `slashroom file: ÷ hand-assembled, resident after ${bench.answers * 3}`,
        most: 1.5,
        value: ours[2].rssMb / other[2].rssMb,
      },
      {
        what: `slashroom file:, heap after ${bench.answers * 3} ÷ after ${bench.answers}`,
        most: 1.1,
        value: ours[2].heapMb / ours[0].heapMb,
      },
    ],
  }
}

async function growthOfCommands(bench) {
  const sizes = bench.long ? [10, 1_000, 10_000] : [10, 1_000]
  const some = sizes.map((commands) => ({ name: `${commands} commands`, commands, most: 1.05 }))
  // A processor that has no room for so many has none whoever calls them.
  const others = sizes.map((commands) => ({ name: `hand-assembled, ${commands} commands`, commands }))
  return await growth(bench, 'commands', some, others)
}

async function growthOfInstallations(bench) {
  const [one, ...more] = (bench.long ? [1, 1_000, 100_000] : [1, 1_000]).map((installations) => [
    { name: `${installations} installations`, installations, most: 1.2 },
    { name: `${installations} installations, as in life`, installations, uneven: true, most: 1.1 },
  ])
  return await growth(bench, 'installations', [one[0], ...more.flat()])
}

/** What one answer costs where there are more commands, or more installations, drawn evenly or as in life. */
async function growth(bench, what, sizes, othersSizes = []) {
  const [ours, other] = ['slashroom file:', 'hand-assembled'].map((wanted) =>
    bench.contestants.find(({ name }) => name === wanted),
  )
  const some = sizes.map((size) => ({ ...ours, ...size }))
  const others = othersSizes.map((size) => ({ ...other, ...size }))
  const results = await compareAfresh(bench, [...some, ...others], { service: 'hipchat' })
  const costs = (name) => results.get(name).map(({ cpuUs }) => cpuUs)
  const toFirst = ([first, ...rest]) =>
    rest.map(({ name, most }) => ({
      what: `${name} ÷ ${first.name}, processor time`,
      most,
      ...ratio(costs(name), costs(first.name)),
    }))
  return {
    title: `Growth of ${what}, hipchat, slashroom file:`,
    rows: describe([...some, ...others], results),
    ratios: [...toFirst(some), ...(others.length > 0 ? toFirst(others) : [])],
  }
}

/** One line's words and options, without a server around them. */
async function parser(bench) {
  const process = await start('server/parser.mjs', { core: 'server' })
  await process.ready
  const names = ['split alone', 'yargs-parser, hand-assembled', 'slashroom: words', 'slashroom: words and options']
  const results = await interleave(
    names.map((name) => ({ name })),
    bench.rounds,
    ({ name }) => process.ask('time', { name }),
    bench.told,
  )
  await process.stop()
  return {
    title: 'Parser alone',
    rows: names.map((name) => ({
      name,
      'µs a line': fixed(median(results.get(name))),
      'differ by': percent(spread(results.get(name))),
    })),
    ratios: [
      { what: 'slashroom ÷ yargs-parser, hand-assembled', ...ratio(results.get(names[3]), results.get(names[1])) },
    ],
  }
}

/** One changed file among a thousand, until it serves. */
async function reload(bench) {
  const ours = bench.contestants.find(({ name }) => name === 'slashroom file:')
  const dir = writeCommands(1_000, 'commands-changing')
  const server = await startContestant(ours, { ...bench.given, commands: 1_000, env: { COMMANDS_DIR: dir } })
  const times = []
  for (let turn = 0; turn < bench.rounds; turn++) {
    const file = join(dir, `c${turn}.mjs`)
    writeFileSync(file, `${commandText(turn)}// changed\n`)
    times.push((await server.ask('reload', { file })).ms)
  }
  await server.stop()
  return {
    title: 'Reload of one command among 1,000',
    rows: [{ name: ours.name, ms: fixed(median(times)), 'differ by': percent(spread(times)) }],
    ratios: [],
  }
}

/** kill -9 with calls that were accepted and not answered: from the new process's start until every room has its answer. */
async function recovery(bench) {
  const ours = bench.contestants.find(({ name }) => name === 'slashroom file:')
  const dir = join(scratch, 'data-recovery')
  const first = await startContestant(ours, { ...bench.given, dir })
  await bench.load.ask('hold')
  const work = { platform: 'slack', commands: 100, installations: 1 }
  const { kept } = await bench.load.ask('flood', { ...work, port: first.port, count: bench.unfinished })
  await first.stop()
  await bench.load.ask('release')
  const second = await launch(ours, { ...bench.given, dir, port: await freePort() })
  const { at, left } = await bench.load.ask('told', { numbers: kept, limitMs: 60_000 })
  await second.stop()
  const rows = [
    { name: ours.name, unfinished: kept.length, 'ms to the last answer': at - second.started, 'not told': left },
  ]
  return { title: 'Recovery after kill -9', rows, ratios: [] }
}

function round(value) {
  return Math.round(value)
}

function fixed(value) {
  return Number(value.toFixed(value < 10 ? 2 : 1))
}

function percent(part) {
  return `${Math.round(part * 100)} %`
}
