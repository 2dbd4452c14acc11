#!/usr/bin/env node
// `npm create slashroom my-bot` runs `slashroom new my-bot` without anything installed before.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , ...args] = process.argv
const isAsked = process.stdin.isTTY && process.stdout.isTTY
if (args.includes('--help') || (args.length === 0 && !isAsked)) {
  console.error(`Usage: npm create slashroom <folder> [-- --for <platforms> --language <language> --yes]

Creates a bot in a new folder. In a terminal, it asks for what you leave out. The options are those of
"slashroom new"; they must follow "--", because npm takes the ones before it for itself.`)
  process.exitCode = args.length === 0 ? 2 : 0
} else {
  const require = createRequire(import.meta.url)
  const { bin } = require('slashroom/package.json')
  process.argv.splice(2, args.length, 'new', ...args)
  await import(pathToFileURL(join(require.resolve('slashroom/package.json'), '..', bin.slashroom)).href)
}
