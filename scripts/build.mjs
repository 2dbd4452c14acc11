// Compiles src/ into dist/ and copies the room page's files. With --if-needed, only if dist/ is older than src/.
//
// The code is bundled, so that a start reads a few files instead of several hundred; the types are one file per source file.
import { spawn } from 'node:child_process'
import { cpSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isBuiltSince } from './build/is-built-since.cjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = 'simulator/page'

/** Builds the bundles and the types; exits the process on failure. */
export async function build({ ifNeeded = false, types = true } = {}) {
  await Promise.all([
    unlessFresh('dist/.bundled', ifNeeded, buildBundle),
    types && unlessFresh('dist/.typed', ifNeeded, () => compile('--outDir', 'dist')),
  ])
}

/** Compiles src/ file by file into a separate folder, for tools that look at single functions. */
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
  // A file saved during the build has to count as newer.
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
  console.error(
    'slashroom: dist/ is missing or outdated, and there is no compiler to build it: run "npm install" first.',
  )
  process.exit(1)
}

/** The compilers print their own errors. */
function stop(error) {
  if (error && !error.errors) console.error(`slashroom: ${error.message}`)
  console.error('slashroom: the build failed; see the errors above.')
  process.exit(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build({ ifNeeded: process.argv.includes('--if-needed') })
