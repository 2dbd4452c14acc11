// Compares what people type with another build: the time to the first answer, the memory then, and the installation.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { signingSecret } from './agreed-values.mjs'
import { writeCommands } from './contestants.mjs'
import { freePort, inherited, scratch } from './processes.mjs'
import { interleave, median, pick, ratio, uncertainty } from './rounds.mjs'
import { figure, percent } from './table.mjs'

const here = fileURLToPath(new URL('..', import.meta.url))
const sides = ['other build', 'this build']

/** The lines typed, in the checkout or in a bot that has the packed build installed, and their limits relative to the other build. */
const lines = [
  { what: 'npm start', words: ['npm', 'start'], most: 0.5, serves: true },
  { what: 'npm run dev', words: ['npm', 'run', 'dev'], most: 0.6, serves: true },
  { what: 'slashroom run /c1', words: ['node_modules/.bin/slashroom', 'run', '/c1'], most: 0.7, installed: true },
  { what: 'npx slashroom run /c1', words: ['npx', 'slashroom', 'run', '/c1'], most: 0.7, installed: true },
]

/** Starts both builds in turn, as a person would; the first start of each, which compiles, does not count. */
export async function typed(bench) {
  const bots = [bench.beside, here].map((dir) => install(bench, dir))
  const some = sides.map((name, side) => ({ name, dir: [bench.beside, here][side], bot: bots[side].folder }))
  const rows = []
  const ratios = []
  const add = (what, results, key, limit) => {
    const [other, ours] = sides.map((side) => pick(results, side, key))
    const [before, now] = [other, ours].map((values) => figure(median(values)))
    rows.push({ what, [sides[0]]: before, [sides[1]]: now, '±': percent(uncertainty(ours)) })
    ratios.push({ what: `${what}, this build ÷ other build`, ...limit, ...ratio(ours, other) })
  }
  for (const line of lines) {
    const told = (what) => bench.told(`${line.what} ${what}`)
    const answered = ({ dir, bot }) => type(bench, line, line.installed ? bot : dir)
    for (const one of some) await answered(one)
    const results = await interleave(some, { ...bench, told, turns: 2 * bench.rounds, figures: ['cpuMs'] }, answered)
    add(`${line.what}, ms to the first answer`, results, 'ms', { most: line.most })
    add(`${line.what}, processor ms to the first answer`, results, 'cpuMs', { most: line.most })
    if (line.what === 'npm start') add('its processes at rest, MB (PSS)', results, 'pssMb', { most: 0.8 })
  }
  const [before, now] = bots
  for (const [key, most] of [
    ['packages', 90],
    ['MB', 40],
  ]) {
    rows.push({ what: `a bot's installed ${key}`, [sides[0]]: figure(before[key]), [sides[1]]: figure(now[key]) })
    ratios.push({ what: `a bot's installed ${key} ÷ ${most}`, most: 1, ...ratio([now[key]], [most]) })
  }
  return { title: `What is typed, beside ${bench.beside}`, rows, ratios }
}

/**
 * Types one line in a build's folder. Resolves with the milliseconds until it answers, in wall time and in processor time
 * (including npm's), and with the memory of the bot's processes a moment later.
 */
async function type(bench, { words, serves }, dir) {
  const [port, simulatorPort] = [await freePort(), await freePort()]
  const [program, ...args] = words
  const started = Date.now()
  const env = environment(bench, port, simulatorPort)
  const child = spawn(program, args, { cwd: dir, env, stdio: 'ignore', detached: true })
  const exited = once(child, 'exit')
  if (!serves) {
    const before = processorMsOfEnded()
    await exited
    return { ms: Date.now() - started, cpuMs: processorMsOfEnded() - before }
  }
  try {
    const { at } = await bench.load.ask('first', { platform: 'slack', port, commands: 100, installations: 1 })
    const cpuMs = familyOf(child.pid).reduce((sum, pid) => sum + processorMs(pid), 0)
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    return { ms: at - started, cpuMs, pssMb: heldBy(child.pid) }
  } finally {
    if (child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    await exited
  }
}

function environment(bench, port, simulatorPort) {
  return {
    ...inherited(),
    HOST: '127.0.0.1',
    PORT: String(port),
    SIMULATOR_PORT: String(simulatorPort),
    BASE_URL: `http://localhost:${port}`,
    COMMANDS_DIR: writeCommands(100),
    STORE_URL: `file:${mkdtempSync(join(scratch, 'typed-'))}`,
    LOG_LEVEL: 'warn',
    SLACK_SIGNING_SECRET: signingSecret,
    SLACK_BOT_TOKEN: 'xoxb-1-bench',
    SLACK_API_URL: `http://127.0.0.1:${bench.given.sinkPort}/api/`,
  }
}

/** The memory of the bot's processes, with their part of what they share; without npm and the shell. */
function heldBy(pid) {
  const ours = familyOf(pid).filter((one) =>
    /\bmain\.js\0start|slashroom\.[cm]js\0start|\bkill -9\b/.test(read(`/proc/${one}/cmdline`)),
  )
  const held = ours.map((one) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${one}/smaps_rollup`))?.[1] ?? 0))
  return held.reduce((sum, kb) => sum + kb, 0) / 1_024
}

/** A process and all its descendants. */
function familyOf(pid) {
  const family = [pid]
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const parents = all.map((one) => [Number(one), Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${one}/status`))?.[1])])
  for (let at = 0; at < family.length; at++)
    for (const [one, parent] of parents) if (parent === family[at]) family.push(one)
  return family
}

/** Processor time of a process and of its children that have ended. */
function processorMs(pid) {
  return ticks(pid, 11, 15)
}

/** Processor time of this process's children that have ended. */
function processorMsOfEnded() {
  return ticks('self', 13, 15)
}

/** The kernel counts in hundredths of a second. */
function ticks(pid, from, to) {
  const stat = read(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.slice(from, to).reduce((sum, value) => sum + Number(value) * 10, 0)
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Packs a build and installs it in an empty folder. Returns the folder, the number of packages and the megabytes. */
function install(bench, dir) {
  bench.told(`installing ${dir}`)
  const folder = mkdtempSync(join(scratch, 'installed-'))
  const npm = (cwd, ...args) => spawnSync('npm', [...args, '--silent'], { cwd, stdio: ['ignore', 'pipe', 'inherit'] })
  npm(dir, 'pack', '--ignore-scripts', '--pack-destination', folder)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  const bot = join(folder, 'bot')
  mkdirSync(bot)
  writeFileSync(join(bot, 'package.json'), '{ "private": true }')
  if (npm(bot, 'install', '--no-audit', '--no-fund', join(folder, tarball)).status !== 0)
    throw new Error(`${tarball} could not be installed`)
  const { packages } = JSON.parse(readFileSync(join(bot, 'node_modules/.package-lock.json'), 'utf8'))
  const [kb] = spawnSync('du', ['-sk', 'node_modules'], { cwd: bot, encoding: 'utf8' }).stdout.split('\t')
  return { folder: bot, packages: Object.keys(packages).length, MB: Number(kb) / 1_024 }
}
