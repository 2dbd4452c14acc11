// Runs all checks: types, lint, format, build, every test. The last line is "N passed, N failed".
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What the tests need besides npm packages, as Debian packages with programs of the same name, except for those in `programsOf`. */
const programs = [
  ...['redis-server', 'chromium', 'nginx', 'openssl', 'curl', 'prometheus-alertmanager'],
  ...['inspircd', 'ngircd', 'anope', 'prosody', 'ejabberd', 'iproute2'],
]

/** The programs of packages with other names. */
const programsOf = { ejabberd: 'ejabberdctl', iproute2: 'ip' }

const root = fileURLToPath(new URL('..', import.meta.url))
const inCi = process.env.CI === 'true' || process.env.CI === '1'
const started = Date.now()

if (process.argv.includes('--help')) {
  console.log(
    'npm test [-- vitest arguments]: type check, lint, build and every test. CI=true lets nothing be skipped.',
  )
  process.exit(0)
}

const missing = provide()
const checks = [
  ['packages of the tests', 'scripts/install-test-packages.mjs', []],
  ['types', 'node_modules/typescript/bin/tsc', ['--noEmit']],
  ['lint and format', 'node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']],
  ['build', 'scripts/build.mjs', []],
].map(([name, script, args]) => ({ name, ok: run(name, join(root, script), args) }))
const tests = runTests(process.argv.slice(2))

for (const check of checks) if (!check.ok) console.error(`failed: ${check.name}`)
for (const program of missing)
  console.error(`missing: ${program}; its tests did not run. Install it: apt-get install ${program}`)
const skippedInCi = inCi ? tests.skipped + missing.length : 0
if (skippedInCi > 0) console.error(`${skippedInCi} skipped; in CI, nothing may be skipped`)
const passed = tests.passed + checks.filter((check) => check.ok).length
const failed = tests.failed + checks.filter((check) => !check.ok).length + skippedInCi
console.log(`took ${Math.round((Date.now() - started) / 1000)} s`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0

/** Installs what is missing if possible (Debian, root); returns what is still missing. */
function provide() {
  process.env.PATH = `${process.env.PATH ?? ''}${delimiter}/usr/sbin` // servers are there, and it is not in everybody's PATH
  const wanted = programs.filter(isMissing)
  if (wanted.length > 0 && isOnPath('apt-get') && process.getuid?.() === 0) {
    console.log(`installing ${wanted.join(', ')} for the tests…`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    const apt = (...args) =>
      spawnSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=120', ...args], { env, stdio: ['ignore', 'ignore', 2] })
    withoutServices(() => {
      apt('update')
      apt('install', '-y', '--no-install-recommends', ...wanted)
    })
  }
  return wanted.filter(isMissing)
}

/** Keeps Debian from starting packaged servers, because the tests start their own. */
function withoutServices(install) {
  const policy = '/usr/sbin/policy-rc.d'
  const isOurs = !existsSync(policy)
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    install()
  } finally {
    if (isOurs) rmSync(policy)
  }
}

function isMissing(name) {
  return !isOnPath(programsOf[name] ?? name)
}

function isOnPath(program) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => folder && existsSync(join(folder, program)))
}

function run(name, script, args) {
  console.log(`${name}…`)
  return spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: 'inherit' }).status === 0
}

function runTests(args) {
  const folder = mkdtempSync(join(tmpdir(), 'slashroom-test-'))
  const report = join(folder, 'report.json')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const env = { ...process.env, SLASHROOM_MISSING: missing.join(' ') }
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...reporters, ...args], {
    cwd: root,
    stdio: 'inherit',
    env,
  })
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
      readFileSync(report, 'utf8'),
    )
    const brokenFiles = testResults.filter(
      (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
    )
    const failed = numFailedTests + brokenFiles.length
    // An error outside every test (an unhandled rejection, for example) fails the run and is counted once.
    return { passed: numPassedTests, failed: failed || (status === 0 ? 0 : 1), skipped: numPendingTests + numTodoTests }
  } catch {
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
