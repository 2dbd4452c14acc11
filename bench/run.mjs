// The benchmarks: node bench/run.mjs --help
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build, buildModules } from '../scripts/build.mjs'
import { measures } from './benchmarks.mjs'
import { beside } from './compare-builds.mjs'
import { listContestants, listOtherBuild, peersInstalled } from './contestants.mjs'
import { draw } from './plot.mjs'
import { cores, start, startRedis } from './processes.mjs'
import { toLines } from './table.mjs'
import { typed } from './typed.mjs'

const all = { ...measures, beside, typed }
const names = Object.keys(all)
/** Benchmarks of complete servers. */
const withPeers = ['slack', 'many']
/** Benchmarks of single functions in src/. */
const ofModules = ['parser', 'tricks']
const help = `Usage: npm run bench -- [options]

Measures the bot beside bare node:http, the same stack put together by hand, and its peers, in short turns.

  --quick             fewer turns: minutes instead of half an hour
  --long              also 10,000 commands, 100,000 installations and 300,000 answers
  --only a,b          only these: ${names.join(', ')}
  --beside DIR        another checkout of this bot, installed and built: only it and this one are measured; with --only
                      hipchat, slack or ack, it takes turns with all
  --no-peers          without @slack/bolt, chat and hubot (they are installed into bench/node_modules)
  --turns N           turns of each contestant (60; quick: 30), and up to four times as many where they differ much
  --seconds S         seconds of one turn (0.1)
  --rounds N          rounds where each has new processes (9; quick: 3)
  --rate N            requests a second of the measure "ack" (1000)
  --profile DIR       servers leave their processor profiles in DIR
  --help              this

Figures go to bench/results/. A ratio is the median of pairs of turns, printed with the interval that holds the true median
95 times in 100; where that is wider than 10 % to either side, the ratio is uncertain, and only the interval is printed.`

const { values: given } = readOptions()
if (given.help) {
  console.log(help)
  process.exit()
}

const chosen = given.only ? given.only.split(',') : given.beside ? ['beside', 'typed'] : Object.keys(measures)
const stray = chosen.filter((name) => !names.includes(name))
if (stray.length > 0) stop(`bench: there is no measure ${stray.join(', ')}; there are ${names.join(', ')}.`)
if (
  chosen.some((name) => name === 'beside' || name === 'typed') &&
  !(given.beside && existsSync(join(given.beside, 'dist')))
)
  stop('bench: --beside DIR must name another checkout of this bot, installed and built.')

await build({ ifNeeded: true, types: false })
if (chosen.some((name) => ofModules.includes(name))) await buildModules('build')
const notes = []
const peers = !given['no-peers'] && chosen.some((name) => withPeers.includes(name)) && installPeers()
const redis = await startRedis()
if (!redis) note('redis-server is missing, so that nothing is measured on Redis.')
if (!cores) note('taskset is missing, or there is one core: nothing is pinned.')

const load = await start('load/main.mjs', { core: 'load' })
const { sinkPort } = await load.ready
const bench = {
  load,
  given: { sinkPort, redis },
  contestants: listContestants({ redis, peers }),
  beside: given.beside && resolve(given.beside),
  otherBuild: given.beside ? listOtherBuild(resolve(given.beside), { redis }) : [],
  turns: Number(given.turns ?? (given.quick ? 30 : 60)),
  seconds: Number(given.seconds),
  rounds: Number(given.rounds ?? (given.quick ? 3 : 9)),
  warm: given.quick ? 1_000 : 3_000,
  rate: Number(given.rate),
  answers: given.long ? 100_000 : given.quick ? 5_000 : 10_000,
  known: given.quick ? 10_000 : 100_000,
  unfinished: given.quick ? 1_000 : 9_000,
  long: given.long,
  note,
}
if (given.profile) bench.given.env = { BENCH_PROFILE: given.profile }

console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}\n`)
const results = []
for (const name of chosen) {
  try {
    const result = await all[name]({ ...bench, told: (what) => tell(`${name}: ${what}`) })
    results.push({ name, ...result })
    tell('')
    console.log(toLines(result).join('\n'))
  } catch (error) {
    tell('')
    note(`${name} could not be measured: ${error.message}`)
  }
}
const ratios = results.flatMap((result) => result.ratios)
const uncertain = ratios.filter((one) => one.uncertain).length
if (uncertain > 0) {
  note(
    `${uncertain} of ${ratios.length} ratios are uncertain: their turns differ too much. More of them (--turns, --rounds) or a quieter machine help.`,
  )
}
if (notes.length > 0) console.log(['Notes', ...notes.map((line) => `  ${line}`), ''].join('\n'))
save()
process.exit()

function readOptions() {
  const flag = { type: 'boolean', default: false }
  const text = { type: 'string' }
  const options = {
    quick: flag,
    long: flag,
    'no-peers': flag,
    help: flag,
    only: text,
    rounds: text,
    turns: text,
    seconds: { ...text, default: '0.1' },
    beside: text,
    profile: text,
    rate: { ...text, default: '1000' },
  }
  try {
    return parseArgs({ options })
  } catch (error) {
    stop(`bench: ${error.message}\n\n${help}`)
  }
}

/** Installed here, once. */
function installPeers() {
  if (peersInstalled()) return true
  console.log('Installing what the bot is compared with into bench/node_modules …')
  const cwd = fileURLToPath(new URL('.', import.meta.url))
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts'], {
    cwd,
    stdio: 'inherit',
  })
  if (status !== 0) note('the peers could not be installed; they are left out.')
  return status === 0
}

/** Shows progress on a terminal; the next line replaces it. */
function tell(what) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${what}`)
}

function note(line) {
  notes.push(line)
}

function save() {
  const dir = fileURLToPath(new URL('results/', import.meta.url))
  mkdirSync(dir, { recursive: true })
  const machine = {
    cpu: cpus()[0]?.model.trim(),
    cores: cpus().length,
    node: process.versions.node,
    pinned: cores !== undefined,
  }
  const at = new Date().toISOString()
  writeFileSync(`${dir}latest.json`, `${JSON.stringify({ at, machine, notes, results }, undefined, 2)}\n`)
  writeFileSync(`${dir}latest.svg`, draw(results))
  console.log('Written to bench/results/latest.json and latest.svg')
}

function stop(message) {
  console.error(message)
  process.exit(1)
}
