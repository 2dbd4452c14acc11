#!/usr/bin/env bash
# A bot is bundled into one file, so that it starts quickly. Koa, body-parser, http-errors and others load depd, and each asks
# it for a `deprecate` function at once. A good guess: what is asked for and never called costs next to nothing, and as much in
# a large file as in a small one. Seen with depd 2.0.0 in bundles made by esbuild 0.28.2, on Node.js 20.20.2: depd takes a stack
# to learn which file asks and on which line, and the first line number that is read of a file makes Node.js find the lines of
# all of it, at about 2 ms for each MB here. Any other stack that is read first pays the same in its place, and the second is
# free. Whoever counts the milliseconds of a start leaves depd out of the bundle by an alias, or keeps what loads it in a file
# of its own.
# Output: depd 2.0.0: {"inTheLargeFile":"over 5 times what it takes in the small one","again":"under a tenth of that"}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent depd@2.0.0 esbuild@0.28.2
cat > ask.js <<'JS'
const depd = require('depd')
const times = [1, 2].map(() => {
  const began = performance.now()
  depd('example')
  return performance.now() - began
})
console.log(JSON.stringify(times))
JS
cat > try.mjs <<'JS'
import { spawnSync } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { buildSync } from 'esbuild'

const functions = Array.from(
  { length: 60_000 },
  (_, n) => `exports.part${n} = (words) => {\n  const count = words.length + ${n}\n  return words.concat(count)\n}\n`,
)
writeFileSync('much.js', functions.join(''))
writeFileSync('small.js', "require('./ask.js')")
writeFileSync('large.js', "require('./much.js')\nrequire('./ask.js')")

/** What it takes the first and the second time, in milliseconds: the best of some processes. */
function best(name) {
  const runs = Array.from({ length: 7 }, () =>
    JSON.parse(spawnSync(process.execPath, [`${name}.cjs`], { encoding: 'utf8', timeout: 30_000 }).stdout),
  )
  return [0, 1].map((n) => Math.min(...runs.map((times) => times[n])))
}

const taken = {}
for (const name of ['small', 'large']) {
  buildSync({ entryPoints: [`${name}.js`], bundle: true, platform: 'node', outfile: `${name}.cjs` })
  taken[name] = best(name)
  const [first, again] = taken[name].map((ms) => ms.toFixed(2))
  console.error(`${name}: ${statSync(`${name}.cjs`).size} bytes, ${first} ms, again ${again} ms`)
}
const times = taken.large[0] / taken.small[0]
const share = taken.large[1] / taken.large[0]
const seen = {
  inTheLargeFile: `${times > 5 ? 'over 5 times' : `${times.toFixed(1)} times`} what it takes in the small one`,
  again: share < 0.1 ? 'under a tenth of that' : `${share.toFixed(2)} of that`,
}
console.log(`depd 2.0.0: ${JSON.stringify(seen)}`)
process.exit(times > 5 && share < 0.1 ? 0 : 1)
JS
node try.mjs
