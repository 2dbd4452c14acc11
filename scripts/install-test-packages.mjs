// Installs the packages that only some tests need into test/node_modules, as pinned by test/package-lock.json. They are
// separate so that `npm install` skips them: they are more than half of all files.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../test', import.meta.url))
const wanted = join(folder, 'package-lock.json')
const installed = join(folder, 'node_modules/.installed.json')

if (!isInstalled()) install()

function isInstalled() {
  return existsSync(installed) && readFileSync(installed).equals(readFileSync(wanted))
}

function install() {
  console.log('installing the packages that only tests need…')
  if (npm(['ci', '--no-audit', '--no-fund']).status !== 0) {
    console.error('slashroom: npm cannot install the packages of test/package.json; the lines above say why.')
    process.exit(1)
  }
  copyFileSync(wanted, installed)
}

/** Runs the npm that runs this script, because not every system can start npm by its name. */
function npm(args) {
  const options = { cwd: folder, stdio: ['ignore', 2, 2] }
  const own = process.env.npm_execpath
  return own
    ? spawnSync(process.execPath, [own, ...args], options)
    : spawnSync('npm', args, { ...options, shell: true })
}
