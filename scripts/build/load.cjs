// Loads slashroom.cjs, or the small bundle that is enough for some, and runs the requested part of it.
'use strict'
const { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require('node:fs')
const { basename, dirname, join } = require('node:path')
const { Script } = require('node:vm')

let all

/** Returns what `src/NAME.ts` exports. */
module.exports = (name) => {
  if (name === '__ALONE__' && !all) return loadCompiled(name, 'run.cjs')[name]()
  all ??= loadCompiled(name, 'slashroom.cjs')
  return all[name]()
}

/**
 * Compiling is a third of the work of a start, so the result is cached: one file for each purpose, because each needs other
 * functions. Node.js 22 has such a cache too, but parses the whole file first.
 */
function loadCompiled(purpose, bundle) {
  const file = join(__dirname, bundle)
  const kept = join(cacheFolder(), cacheName(purpose))
  const cachedData = read(kept)
  // Passed unchanged, because concatenating anything would copy all 3 MB.
  const script = new Script(readFileSync(file, 'latin1'), { filename: file, cachedData })
  const own = { exports: {} }
  const load = (name) => import(name) // a script created this way cannot import
  script.runInThisContext()(own.exports, require, own, __filename, __dirname, load)
  if (!cachedData || script.cachedDataRejected) keepCompiled(script, kept, purpose)
  return own.exports
}

/** Next to the packages: whoever can write there can change the code itself. */
function cacheFolder() {
  const root = dirname(__dirname)
  const packages = basename(dirname(root)) === 'node_modules' ? dirname(root) : join(root, 'node_modules')
  return join(packages, '.cache/slashroom')
}

/** The name has a hash of the code, because V8 only compares its length. */
function cacheName(purpose) {
  const parts = [purpose, build, process.versions.v8, process.arch, ...process.execArgv]
  return `${asName(parts.join('-')).slice(0, 200)}.bin`
}

function asName(text) {
  return text.replace(/[^\w.-]+/g, '_')
}

function read(path) {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

/** Soon, because a bot may be killed at any time, and again later and at exit, when more functions have been compiled. */
function keepCompiled(script, path, purpose) {
  for (const ms of [1_000, 5_000]) setTimeout(keep, ms).unref()
  process.once('exit', keep)
  function keep() {
    try {
      mkdirSync(dirname(path), { recursive: true })
      const unfinished = `${path}.${process.pid}`
      writeFileSync(unfinished, script.createCachedData())
      renameSync(unfinished, path)
      removeOutdated(dirname(path), purpose)
    } catch {
      // If the folder cannot be written, every start compiles.
    }
  }
}

/** Removes what earlier builds cached for the same purpose. */
function removeOutdated(folder, purpose) {
  const [start, length] = [`${asName(purpose)}-`, build.length]
  for (const name of readdirSync(folder)) {
    const rest = name.startsWith(start) ? name.slice(start.length) : ''
    if (/^[0-9a-f]+-/.test(rest) && rest[length] === '-' && !rest.startsWith(build)) rmSync(join(folder, name))
  }
}

/** A hash of both bundles. */
const build = '__MADE__'
