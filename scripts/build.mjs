// Compiles src/ into dist/, and lays the room page's files beside it. With --if-needed only what is older than src/.
//
// What runs is bundled, so that a start reads a few files and not several hundred; the types are a file for each of src/.
import { spawn } from 'node:child_process'
import { cpSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isBuiltSince } from './build/is-built-since.cjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = 'simulator/page'

/** Builds what runs, and the types beside it; ends the process where that fails. */
export async function build({ ifNeeded = false, types = true } = {}) {
  await Promise.all([
    unlessFresh('dist/.bundled', ifNeeded, buildBundle),
    types && unlessFresh('dist/.typed', ifNeeded, () => compile('--outDir', 'dist')),
  ])
}

/** Compiles src/ file by file into a folder of its own, for tools that look at single functions. */
export async function buildModules(outDir) {
  await compile('--outDir', outDir, '--emitDeclarationOnly', 'false', '--declaration', 'false')
  cpSync(join(root, 'src', page), join(outDir, page), { recursive: true })
}

async function unlessFresh(name, ifNeeded, make) {
  const stamp = join(root, name)
  if (ifNeeded && isBuiltSince(join(root, 'src'), stamp)) return
  rmSync(stamp, { force: true })
  const started = new Date()
  await make()
  writeFileSync(stamp, '')
  // A file saved while the compiler ran has to count as newer.
  utimesSync(stamp, started, started)
}

async function buildBundle() {
  const { bundle } = await import('./build/bundle.mjs').catch(stopWithoutCompiler)
  await bundle().catch(stop)
  cpSync(join(root, 'src', page), join(root, 'dist', page), { recursive: true })
}

async function compile(...options) {
  const command = [compiler(), '-p', 'tsconfig.build.json', ...options]
  const child = spawn(process.execPath, command, { cwd: root, stdio: ['ignore', 2, 2] })
  if (await new Promise((resolve) => child.on('exit', resolve))) stop()
}

function compiler() {
  try {
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
    return join(dirname(manifest), 'bin/tsc')
  } catch {
    return stopWithoutCompiler()
  }
}

function stopWithoutCompiler() {
  console.error('slashroom: dist/ is missing or old, and there is no compiler to make it: run "npm install" first.')
  process.exit(1)
}

/** What the compilers find they tell themselves. */
function stop(error) {
  if (error && !error.errors) console.error(`slashroom: ${error.message}`)
  console.error('slashroom: the build failed; the lines above say where.')
  process.exit(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build({ ifNeeded: process.argv.includes('--if-needed') })
