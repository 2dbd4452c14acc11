// Measures the path of one `/deploy status` through the code: node scripts/call-path.mjs --help
//
// The compiled src/ is instrumented so that each function reports when it is entered. A bot made of it is started on the
// default store, with the commands of this repository, and installed in a fake HipChat server. It answers one call to
// warm up, then the one that is measured.
//
// Counted are entries into functions of src/, including methods, callbacks and the smallest arrow functions, in order of
// time, in the serving process: from the webhook's request until the answer is shown, the outcome is written and nothing
// more follows. A generator is entered at its first `next`. Returning to a function, or continuing after an `await`, is
// not an entry. Libraries and commands/ are not counted.
//
// The bot does nothing else meanwhile, so everything that happens belongs to the call, including flushes of the
// write-ahead log and events of open connections. Only entries from timers that were set before the call are left out,
// such as the log's regular snapshot; AsyncLocalStorage identifies them, and their number is printed. Two runs differ by
// a few entries, because the disk syncs once or twice, before or after the answer.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startHipChat } from './call-path/fake-hipchat.mjs'
import { instrument } from './call-path/instrument.mjs'
import { startBot } from './call-path/start-bot.mjs'

const help = `Usage: node scripts/call-path.mjs [--list] [--check]

Sends one /deploy status to an instrumented build, and prints through how many functions and files it went.

  --list    also the way itself, visit by visit: ↩ is one to a file already seen; f() is a function that f gave back,
            f(=>) one that f was given
  --check   exit code 1 where the way is longer than its limits
  --help    this`

const line = '/deploy status'
// An answer in the acknowledgement is stored first, and settled once the socket has taken it: two more returns.
const limits = { files: 30, returns: 62 }
/** Files that a reader of the path need not open. */
const aside = /^src\/(shared\/|model\/|logger\.ts$|server\/(metrics(-registry)?|prometheus)\.ts$)/

const options = readOptions()
if (options.help) console.log(help)
else report(await measure())

function readOptions() {
  const [help, list, check] = [{ type: 'boolean' }, { type: 'boolean' }, { type: 'boolean' }]
  try {
    return parseArgs({ options: { help, list, check } }).values
  } catch ({ message }) {
    console.error(`call-path: ${message}`)
    process.exit(2)
  }
}

/** The entries of the measured call in order, and how many others there were. */
async function measure() {
  const folder = mkdtempSync(join(tmpdir(), 'slashroom-call-path-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
  const functions = await instrument(folder)
  const hipchat = await startHipChat()
  const bot = await startBot(folder, hipchat.host)
  try {
    await hipchat.install(bot.url)
    await bot.rest() // so that the caches have caught up with the installation
    await call()
    await bot.record()
    await call()
    const entered = await bot.recorded()
    const own = entered.filter((id) => id !== null)
    const last = entered.lastIndexOf(own.at(-1))
    return { entries: own.map((id) => functions[id]), idle: last + 1 - own.length }
  } finally {
    await bot.stop()
    hipchat.close()
  }

  async function call() {
    const [{ outcome }] = await Promise.all([bot.ended(), hipchat.say(bot.url, line)])
    if (outcome !== 'done') throw new Error(`${line} ended as ${outcome}`)
  }
}

function report({ entries, idle }) {
  const all = follow(entries)
  const read = follow(entries.filter(({ file }) => !aside.test(file)).map(withWalAsOne))
  if (options.list) console.log(`${list(read)}\n`)
  console.log(table(all, read))
  console.log(`Left out: ${idle} entries of timers that were set before.`)
  const over = Object.keys(limits).filter((name) => read[name] > limits[name])
  console.log(over.length > 0 ? `Over the limit: ${over.join(' and ')}.` : 'Within the limits.')
  if (options.check && over.length > 0) process.exitCode = 1
}

/** Groups entries into visits to files, and counts them. */
function follow(entries) {
  const visits = []
  const seen = new Map()
  for (const { file, name } of entries) {
    if (visits.at(-1)?.file !== file) {
      visits.push({ file, number: seen.get(file) ?? seen.size + 1, back: seen.has(file), names: [] })
      seen.set(file, visits.at(-1).number)
    }
    visits.at(-1).names.push(name)
  }
  return {
    visits,
    entries: entries.length,
    functions: new Set(entries.map(({ id }) => id)).size,
    files: seen.size,
    changes: Math.max(0, visits.length - 1),
    returns: visits.filter(({ back }) => back).length,
  }
}

function withWalAsOne(entry) {
  return { ...entry, file: entry.file.replace(/(\/journal\/wal\/).*/, '$1') }
}

function table(all, read) {
  const rows = {
    entries: 'functions entered',
    functions: 'different functions',
    files: 'files',
    changes: 'changes of file',
    returns: 'returns to a file already seen',
  }
  const lines = Object.entries(rows).map(([name, label]) => {
    const limit = limits[name] ? `  (limit ${limits[name]})` : ''
    return label.padEnd(32) + String(all[name]).padStart(5) + String(read[name]).padStart(8) + limit
  })
  const note = 'read: without shared/, model/, log and metrics; the write-ahead log as one file'
  return [`${line.padEnd(32)}  all    read`, ...lines, note].join('\n')
}

function list({ visits }) {
  return visits
    .map(({ file, number, back, names }) => `${back ? '↩' : ' '}${String(number).padStart(3)}  ${file}\n${wrap(names)}`)
    .join('\n')
}

/** Distinct names in the order of their first call. */
function wrap(names) {
  const times = new Map()
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1)
  const lines = ['']
  for (const [name, count] of times) {
    const word = count > 1 ? `${name} ×${count}` : name
    if (lines.at(-1).length + word.length > 105) lines.push('')
    lines.push(`${lines.pop()} ${word},`)
  }
  const text = lines.map((words) => `       ${words}`).join('\n')
  return text.slice(0, -1)
}
