// The measurements. Each returns a table: its title, its rows, and ratios between them.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { slowCommand } from './agreed-values.mjs'
import { against, compare, compareAfresh, describe } from './compare-contestants.mjs'
import { commandText, install, launch, library, startContestant, writeCommands } from './contestants.mjs'
import { notify } from './notify.mjs'
import { freePort, scratch, start } from './processes.mjs'
import { interleave, median, medianInterval, pick, ratio, uncertainty } from './rounds.mjs'
import { rooms, sockets } from './sockets.mjs'
import { figure, percent } from './table.mjs'

/** All measurements by name, in the order they run. */
export const measures = {
  hipchat: (bench) => answered(bench, 'hipchat'),
  slack: (bench) => answered(bench, 'slack'),
  many: (bench) => answered(bench, 'slack', { commands: 1_000, kinds: ['ours', 'peer'], suffix: ', 1,000 commands' }),
  forged,
  ack,
  slow,
  start: startUp,
  memory,
  resident,
  commands: growthOfCommands,
  installations: growthOfInstallations,
  parser,
  tricks,
  reload,
  recovery,
  notify,
  sockets,
  rooms,
}

/** Maximum throughput from webhook to delivered notification: requests per second, and processor time per request. */
async function answered(bench, service, { commands = 100, kinds, suffix = '' } = {}) {
  const some = [...bench.contestants, ...bench.otherBuild].filter(
    ({ services, kind }) => services.includes(service) && (!kinds || kinds.includes(kind)),
  )
  const results = await compare(bench, some, { service, commands })
  return {
    title: `Answered, ${service}${suffix}`,
    rows: describe(some, results),
    ratios: [
      ...against(some, results, { ours: 'slashroom file:', other: 'other build, file:', least: 1.6 }),
      ...against(some, results, { ours: 'slashroom redis:', other: 'other build, redis:', least: 1.4 }),
      ...against(some, results, { ours: 'slashroom file:', other: 'slashroom file:, delivered', least: 1.6 }),
      ...against(some, results, { ours: 'slashroom redis:', other: 'slashroom redis:, delivered', least: 1.4 }),
      ...against(some, results, { ours: 'slashroom memory:', other: 'bare node:http, in its ack', least: 0.7 }),
      ...against(some, results, { ours: 'slashroom memory:, delivered', other: 'hand-assembled', least: 1 }),
      ...against(some, results, { ours: 'slashroom memory:, delivered', other: 'bare node:http', least: 0.75 }),
      ...against(some, results, { ours: 'slashroom file:, delivered', other: 'hand-assembled', least: 0.85 }),
      ...against(some, results, { ours: 'slashroom redis:, delivered', other: 'hand-assembled', least: 0.5 }),
      ...against(some, results, { ours: 'slashroom redis: × 2, delivered', other: 'hand-assembled', least: 0.9 }),
      ...against(some, results, { ours: 'slashroom file:', other: '@slack/bolt', least: commands > 100 ? 60 : 10 }),
      ...against(some, results, {
        ours: 'slashroom file:',
        other: '@slack/bolt, in its ack',
        least: commands > 100 ? undefined : 6,
      }),
      ...against(some, results, { ours: 'slashroom file:', other: 'chat (Vercel)', least: 4 }),
      ...against(some, results, { ours: 'slashroom file:', other: 'hubot', least: 3 }),
    ],
  }
}

/** Forged requests: refused per second, and processor time per request. */
async function forged(bench) {
  const some = bench.contestants.filter(
    ({ name, kind }) => name === 'bare node:http' || kind === 'assembled' || name === 'slashroom file:',
  )
  const results = await compare(bench, some, { service: 'hipchat', forged: true, expect: 'refusal' })
  return {
    title: 'Forged requests refused, hipchat',
    rows: describe(some, results),
    ratios: against(some, results, { ours: 'slashroom file:', other: 'hand-assembled', least: 1.5 }),
  }
}

/** How long the sender waits for its 2xx and the room for its answer, at a rate that all can sustain. */
async function ack(bench) {
  const all = [...bench.contestants, ...bench.otherBuild]
  const some = all.filter(({ kind, processes = 1 }) => kind !== 'peer' && processes === 1)
  const servers = []
  for (const one of some) {
    servers.push(await startContestant(one, bench.given))
    await answerMany(bench, servers.at(-1), bench.warm)
  }
  // One percent of these is still three requests.
  const count = Math.max(Math.round(bench.rate * bench.seconds * 3), 300)
  const results = await interleave(servers, { ...bench, figures: ['ack p50 ms', 'ack p99 ms'] }, async ({ port }) => {
    const { ack, answer } = await bench.load.ask('pace', { ...typical, port, rate: bench.rate, count })
    return { 'ack p50 ms': ack.p50, 'ack p99 ms': ack.p99, 'answer p50 ms': answer.p50, 'answer p99 ms': answer.p99 }
  })
  for (const server of servers) await server.stop()
  const rows = some.map(({ name }) => {
    const [first] = results.get(name)
    const figures = Object.keys(first).map((key) => [key, figure(median(pick(results, name, key)))])
    return {
      name,
      ...Object.fromEntries(figures),
      '± ack p99': percent(uncertainty(pick(results, name, 'ack p99 ms'))),
    }
  })
  const ratioOf = (ours, other, key) => ({
    what: `${ours} ÷ ${other}, ${key.slice(0, -3)}`,
    ...ratio(pick(results, ours, key), pick(results, other, key)),
  })
  const ratios = ['p99', 'p50'].flatMap((part) => [
    ...(bench.beside ? [{ most: 0.6, ...ratioOf('slashroom file:', 'other build, file:', `answer ${part} ms`) }] : []),
    { most: 0.6, ...ratioOf('slashroom file:', 'slashroom file:, delivered', `answer ${part} ms`) },
    { most: 2, ...ratioOf('slashroom file:, delivered', 'hand-assembled', `ack ${part} ms`) },
  ])
  return { title: `Ack at ${bench.rate} requests a second, hipchat`, rows, ratios }
}

/** The effect of a slow command on its acknowledgement, which waits for an answer only briefly. */
async function slow(bench) {
  const names = ['slashroom file:', 'slashroom file:, delivered']
  const some = names.map((wanted) => bench.contestants.find(({ name }) => name === wanted))
  const servers = []
  for (const one of some) {
    servers.push(await startContestant(one, bench.given))
    await answerMany(bench, servers.at(-1), bench.warm)
  }
  const [rate, count] = [slowRate, Math.max(Math.round(slowRate * bench.seconds * 3), 30)]
  const results = await interleave(servers, { ...bench, figures: [] }, async ({ port }) => {
    const command = `/${slowCommand.name}`
    const { ack, lost } = await bench.load.ask('pace', { ...typical, command, port, rate, count })
    return { p50: ack.p50, p99: ack.p99, lost }
  })
  for (const server of servers) await server.stop()
  const rows = some.map(({ name }) => ({
    name,
    'ack p50 ms': figure(median(pick(results, name, 'p50'))),
    'ack p99 ms': figure(median(pick(results, name, 'p99'))),
    lost: pick(results, name, 'lost').reduce((sum, one) => sum + one, 0),
  }))
  const ratios = ['p50', 'p99'].map((part) => {
    const [ours, other] = names.map((name) => pick(results, name, part))
    const later = ours.map((ms, at) => ms - other[at])
    const [low, high] = medianInterval(later)
    const value = median(later)
    return { what: `acknowledged later than without, milliseconds, ${part}`, most: 60, value, low, high }
  })
  return { title: `A command of ${slowCommand.ms} ms, ${rate} a second, hipchat`, rows, ratios }
}

/** Concurrent calls of the slow command: half of the limit per command. */
const slowRate = 80

/** From the process's start to its first answer in a room. */
async function startUp(bench) {
  const ours = { ...bench.contestants.find(({ name }) => name === 'slashroom file:'), ...library }
  const some = [bench.contestants.find(({ kind }) => kind === 'assembled'), ours]
  const rows = []
  const ratios = []
  for (const [commands, most] of [
    [100, 1.5],
    [1_000, 3],
  ]) {
    const results = await timeStarts(bench, some, commands)
    const times = (name) => pick(results, name, 'ms')
    for (const { name } of some)
      rows.push({ name, commands, ms: figure(median(times(name))), '±': percent(uncertainty(times(name))) })
    const what = `slashroom file: ÷ hand-assembled, ${commands} commands`
    ratios.push({ what, most, ...ratio(times('slashroom file:'), times('hand-assembled')) })
  }
  return { title: 'Start to first answer', rows, ratios }
}

/** Starts the contestants in turn, twice per round, and returns the milliseconds until each first answer. */
export async function timeStarts(bench, some, commands) {
  const startOne = async (one) => {
    const port = await freePort()
    const process = await launch(one, { ...bench.given, commands, port })
    const { at } = await bench.load.ask('first', { platform: 'slack', port, commands, installations: 1 })
    await process.stop()
    return { ms: at - process.started }
  }
  return await interleave(some, { ...bench, turns: 2 * bench.rounds, figures: ['ms'] }, startOne)
}

/** Memory after this many answers, and after twice and three times as many. */
async function memory(bench) {
  const some = bench.contestants.filter(({ name, kind }) => kind === 'assembled' || name === 'slashroom file:')
  const hold = async (one) => {
    const server = await startContestant(one, bench.given)
    const steps = []
    for (let step = 0; step < 3; step++) {
      for (let left = bench.answers; left > 0; left -= 10_000) await answerMany(bench, server, Math.min(left, 10_000))
      steps.push(await server.ask('settle'))
    }
    await server.stop()
    return { steps, rssMb: steps[2].rssMb }
  }
  const results = await interleave(some, { ...bench, turns: Math.ceil(bench.rounds / 2), figures: ['rssMb'] }, hold)
  const held = (name, step, key) => pick(results, name, 'steps').map((steps) => steps[step][key])
  const rows = some.flatMap(({ name }) =>
    [0, 1, 2].map((step) => ({
      name,
      answered: (step + 1) * bench.answers,
      'resident MB': figure(median(held(name, step, 'rssMb'))),
      'heap MB': figure(median(held(name, step, 'heapMb'))),
    })),
  )
  const ours = (step, key) => held('slashroom file:', step, key)
  const resident = ratio(ours(2, 'rssMb'), held('hand-assembled', 2, 'rssMb'))
  const heap = ratio(ours(2, 'heapMb'), ours(0, 'heapMb'))
  const [once, thrice] = [bench.answers, 3 * bench.answers]
  return {
    title: 'Memory',
    rows,
    ratios: [
      { what: `slashroom file: ÷ hand-assembled, resident after ${thrice}`, most: 1.5, ...resident },
      { what: `slashroom file:, heap after ${thrice} ÷ after ${once}`, most: 1.1, ...heap },
    ],
  }
}

/** Resident memory after ten times as many answers, all still known by id and in the audit. */
async function resident(bench) {
  const ours = bench.contestants.find(({ name }) => name === 'slashroom file:')
  const server = await startContestant(ours, bench.given)
  const steps = [bench.known, 10 * bench.known]
  const held = []
  let answered = 0
  for (const until of steps) {
    while (answered < until) {
      bench.told(`${answered} of ${steps[1]} answers`)
      // As many as were answered: on a busy machine the time given for these may be too short.
      answered += await answerMany(bench, server, Math.min(until - answered, 10_000))
    }
    held.push(await server.ask('settle'))
  }
  await server.stop()
  const rows = steps.map((answered, at) => {
    const { rssMb, heapMb } = held[at]
    return { name: ours.name, answered, 'resident MB': figure(rssMb), 'heap MB': figure(heapMb) }
  })
  const [once, tenfold] = held.map(({ rssMb }) => [rssMb])
  const what = `slashroom file:, resident after ${steps[1]} ÷ after ${steps[0]}`
  return { title: 'Memory of what is known', rows, ratios: [{ what, most: 1.15, ...ratio(tenfold, once) }] }
}

async function growthOfCommands(bench) {
  const sizes = bench.long ? [10, 1_000, 10_000] : [10, 1_000]
  const some = sizes.map((commands) => ({ name: `${commands} commands`, commands, most: 1.05 }))
  // If the processor has no capacity for so many, it has none for any caller.
  const others = sizes.map((commands) => ({ name: `hand-assembled, ${commands} commands`, commands }))
  return await growth(bench, 'commands', some, others)
}

async function growthOfInstallations(bench) {
  const sizes = [{ name: '1 installation', installations: 1 }]
  for (const installations of bench.long ? [1_000, 100_000] : [1_000]) {
    const data = await installMany(bench, installations)
    const many = { name: `${installations} installations`, installations, data }
    sizes.push({ ...many, most: 1.2 }, { ...many, name: `${many.name}, as in life`, uneven: true, most: 1.1 })
  }
  return await growth(bench, 'installations', sizes)
}

/** A data directory with this many installations, each with a message received. */
async function installMany(bench, installations) {
  bench.told(`making ${installations} installations`)
  const dir = join(scratch, `data-of-${installations}`)
  const ours = bench.contestants.find(({ name }) => name === 'slashroom file:')
  const server = await startContestant(ours, { ...bench.given, dir })
  await install(server, { from: 1, to: installations })
  for (let left = installations; left > 0; left -= 10_000) {
    const count = Math.min(left, 10_000)
    await bench.load.ask('saturate', {
      ...typical,
      installations,
      inTurn: true,
      port: server.port,
      count,
      limitMs: 60_000,
    })
  }
  await server.stop('SIGTERM')
  return dir
}

/** The cost of an answer with more commands or installations, drawn evenly or as in practice. */
async function growth(bench, what, sizes, othersSizes = []) {
  const [ours, other] = ['slashroom file:', 'hand-assembled'].map((wanted) =>
    bench.contestants.find(({ name }) => name === wanted),
  )
  const some = sizes.map((size) => ({ ...ours, ...size }))
  const others = othersSizes.map((size) => ({ ...other, ...size }))
  const results = await compareAfresh(bench, [...some, ...others], { service: 'hipchat' })
  const costs = (name) => pick(results, name, 'cpuUs')
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

/** Parsing one line's words and options, without a server. */
async function parser(bench) {
  const process = await start('server/parser-speed.mjs', { core: 'server' })
  await process.ready
  const names = ['split alone', 'yargs-parser, hand-assembled', 'slashroom: words', 'slashroom: words and options']
  const some = names.map((name) => ({ name }))
  const results = await interleave(some, { ...bench, figures: ['us'] }, ({ name }) => process.ask('time', { name }))
  const times = (name) => pick(results, name, 'us')
  await process.stop()
  return {
    title: 'Parser alone',
    rows: names.map((name) => ({
      name,
      'µs a line': figure(median(times(name))),
      '±': percent(uncertainty(times(name))),
    })),
    ratios: [{ what: 'slashroom ÷ yargs-parser, hand-assembled', ...ratio(times(names[3]), times(names[1])) }],
  }
}

/** Each optimization compared with the plain way; those without a benefit are removed. */
async function tricks(bench) {
  const process = await start('server/tricks.mjs', { core: 'server' })
  await process.ready
  const rows = []
  const ratios = []
  for (const what of await process.ask('list')) {
    bench.told(what)
    const turns = []
    for (let turn = -2; turn < bench.turns; turn++) {
      const both = await process.ask('time', { name: what, turn })
      if (turn >= 0) turns.push(both) // V8 is still compiling before that
    }
    const [ours, plain] = ['ours', 'plain'].map((way) => turns.map((one) => one[way]))
    rows.push({ what, 'plain µs': figure(median(plain)), 'ours µs': figure(median(ours)) })
    ratios.push({ what, most: 1, ...ratio(ours, plain) })
  }
  await process.stop()
  return { title: 'Tricks for speed, beside the plain way', rows, ratios }
}

/** The time to reload one changed file among a thousand. */
async function reload(bench) {
  const ours = { ...bench.contestants.find(({ name }) => name === 'slashroom file:'), ...library }
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
    rows: [{ name: ours.name, ms: figure(median(times)), '±': percent(uncertainty(times)) }],
    ratios: [],
  }
}

/** kill -9 with accepted but unanswered calls: from the new process's start until every room has its answer. */
async function recovery(bench) {
  const ours = bench.contestants.find(({ name }) => name === 'slashroom file:, delivered')
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

/** A typical installation with the commands that all contestants have. */
const typical = { platform: 'hipchat', commands: 100, installations: 1 }

/** Lets the server answer so many requests; gives how many it did answer. */
async function answerMany(bench, { port }, count) {
  const { done } = await bench.load.ask('saturate', { ...typical, port, count, limitMs: 60_000 })
  return done
}
