// Compiles src/ into dist/, and lays the room page's files beside it. With --if-needed only where dist/ is older.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = join(root, 'dist/.built')

/** Compiles where needed; ends the process with the compiler's code where it fails. */
export function build({ ifNeeded = false } = {}) {
  if (ifNeeded && isFresh()) return
  rmSync(stamp, { force: true })
  const started = new Date()
  const { status, error } = spawnSync(process.execPath, [compiler(), '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (error || status !== 0) {
    console.error('slashroom: the build failed; the lines above say where.')
    process.exit(status || 1)
  }
  const page = join(root, 'src/simulator/page')
  if (existsSync(page)) cpSync(page, join(root, 'dist/simulator/page'), { recursive: true })
  writeFileSync(stamp, '')
  // A file saved while the compiler ran has to count as newer.
  utimesSync(stamp, started, started)
}

function isFresh() {
  if (!existsSync(stamp)) return false
  if (!existsSync(join(root, 'src'))) return true
  return newest(join(root, 'src')) <= statSync(stamp).mtimeMs
}

function newest(folder) {
  let latest = statSync(folder).mtimeMs
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    latest = Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }
  return latest
}

function compiler() {
  try {
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
    return join(dirname(manifest), 'bin/tsc')
  } catch {
    console.error('slashroom: dist/ is missing or old, and there is no compiler to make it: run "npm install" first.')
    process.exit(1)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) build({ ifNeeded: process.argv.includes('--if-needed') })
