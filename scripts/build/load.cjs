// Loads slashroom.cjs, or what stands alone, and runs of it what is asked for.
'use strict'
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs')
const { basename, dirname, join } = require('node:path')
const { Script } = require('node:vm')

let all

/** Gives what `src/NAME.ts` exports. */
module.exports = (name) => {
  if (name === '__ALONE__' && !all) return loadCompiled(name, 'run.cjs')[name]()
  all ??= loadCompiled(name, 'slashroom.cjs')
  return all[name]()
}

/**
 * Compiling is a third of the work of a start, so it is done once and kept, for each purpose, since each needs other
 * functions. Node.js 22 can keep it too, but not before it has looked at all of the file.
 */
function loadCompiled(purpose, bundle) {
  const file = join(__dirname, bundle)
  const kept = join(cacheFolder(), cacheName(purpose))
  const cachedData = read(kept)
  // As it is: put together with anything it would be copied, all 3 MB of it.
  const script = new Script(readFileSync(file, 'latin1'), { filename: file, cachedData })
  const own = { exports: {} }
  const load = (name) => import(name) // such a script cannot, of its own
  script.runInThisContext()(own.exports, require, own, __filename, __dirname, load)
  if (!cachedData || script.cachedDataRejected) keepCompiled(script, kept)
  return own.exports
}

/** Beside the packages: whoever can write there can change the code itself. */
function cacheFolder() {
  const root = dirname(__dirname)
  const packages = basename(dirname(root)) === 'node_modules' ? dirname(root) : join(root, 'node_modules')
  return join(packages, '.cache/slashroom')
}

/** V8 looks at the length of the code alone: what it was compiled of stands in the name. */
function cacheName(purpose) {
  const parts = [purpose, '__MADE__', process.versions.v8, process.arch, ...process.execArgv]
  return `${parts
    .join('-')
    .replace(/[^\w.-]+/g, '_')
    .slice(0, 200)}.bin`
}

function read(path) {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

/** Soon, as a bot may be killed at any time; again when it has run for a while, or ends: what it needed is compiled then. */
function keepCompiled(script, path) {
  for (const ms of [1_000, 5_000]) setTimeout(keep, ms).unref()
  process.once('exit', keep)
  function keep() {
    try {
      mkdirSync(dirname(path), { recursive: true })
      const unfinished = `${path}.${process.pid}`
      writeFileSync(unfinished, script.createCachedData())
      renameSync(unfinished, path)
    } catch {
      // Where nothing may be written it is compiled every time.
    }
  }
}
