// Runs the unit tests on other releases of Node.js: npm run test:node -- 22 24 26
//
// The releases are installed as npm packages in a temporary folder. The last line is "N passed, N failed".
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const inCi = process.env.CI === 'true' || process.env.CI === '1'
const system = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`
const releases = process.argv.slice(2).filter((word) => /^\d+(\.\d+){0,2}$/.test(word))
const vitestArguments = process.argv.slice(2).filter((word) => !releases.includes(word))

if (releases.length === 0) {
  console.error(
    'Usage: npm run test:node -- <release>… [vitest arguments], as in: npm run test:node -- 24 test/parsing',
  )
  process.exit(2)
}

const folder = mkdtempSync(join(tmpdir(), 'slashroom-node-'))
try {
  const results = releases.map(testOn)
  const passed = results.reduce((sum, result) => sum + result.passed, 0)
  const failed = results.reduce((sum, result) => sum + result.failed, 0)
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 ? 1 : 0
} finally {
  rmSync(folder, { recursive: true, force: true })
}

function testOn(release) {
  const started = Date.now()
  const node = install(release)
  if (!node) {
    console.error(`npm has no Node.js ${release} for ${system}.`)
    return { passed: 0, failed: 1 }
  }
  const result = runUnitTests(node)
  const took = Math.round((Date.now() - started) / 1000)
  console.log(`Node.js ${versionOf(node)}: ${result.passed} passed, ${result.failed} failed, in ${took} s`)
  return result
}

/** Returns the program's path; undefined if npm has no such release. */
function install(release) {
  const prefix = join(folder, release)
  const name = `node-${system}`
  const args = ['install', '--prefix', prefix, '--no-audit', '--no-fund', '--prefer-offline', '--silent']
  const { status } = npm([...args, `${name}@${release}`])
  const program = join(prefix, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  return status === 0 && versionOf(program) ? program : undefined
}

/** With the npm that runs this script, because not all systems can start it by name. */
function npm(args) {
  const own = process.env.npm_execpath
  return own ? spawnSync(process.execPath, [own, ...args]) : spawnSync('npm', args, { shell: true })
}

function versionOf(node) {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout?.trim().replace(/^v/, '')
}

function runUnitTests(node) {
  const report = join(folder, 'report.json')
  writeFileSync(report, '{}') // read if vitest writes no report
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`]
  // Tests that start `node` by name use this release too.
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}` }
  const { status } = spawnSync(node, [vitest, 'run', '--project', 'unit', ...reporters, ...vitestArguments], {
    cwd: root,
    stdio: 'inherit',
    env,
  })
  return countsOf(JSON.parse(readFileSync(report, 'utf8')), status)
}

/** In CI, skipped tests count as failures; an error outside every test, such as in a broken file, counts once. */
function countsOf({ numPassedTests = 0, numFailedTests = 0, numPendingTests = 0, numTodoTests = 0 }, status) {
  const failed = numFailedTests + (inCi ? numPendingTests + numTodoTests : 0)
  return { passed: numPassedTests, failed: failed || (status === 0 ? 0 : 1) }
}
