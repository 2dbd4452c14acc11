// Runs the command line of this repository, built first where src/ is newer than dist/: node scripts/slashroom.mjs dev
import { build } from './build.mjs'

build({ ifNeeded: true })
await import('../dist/cli/main.js')
