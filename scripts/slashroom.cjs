// Runs this repository's command line, after building it if src/ is newer than dist/: node scripts/slashroom.cjs dev
'use strict'
const { join } = require('node:path')
const { isBuiltSince } = require('./build/is-built-since.cjs')

const root = join(__dirname, '..')
const run = () => require('../dist/cli/main.js')

// The build script is loaded only if needed. `require` avoids loading the ES module loader.
if (isBuiltSince(join(root, 'src'), join(root, 'dist/.bundled'))) run()
else import('./build.mjs').then(({ build }) => build({ ifNeeded: true, types: false })).then(run)
