#!/usr/bin/env node
// `npm create slashroom my-bot` is `slashroom new my-bot`, with nothing installed before.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [, , ...args] = process.argv
const isAsked = process.stdin.isTTY && process.stdout.isTTY
if (args.includes('--help') || (args.length === 0 && !isAsked)) {
  console.error(`Usage: npm create slashroom <folder> [-- --for <platforms> --language <language> --yes]

Makes a bot of your own in a new folder. A terminal is asked for what is not said. The options are those
of "slashroom new"; what stands before the "--" npm takes for itself.`)
  process.exitCode = args.length === 0 ? 2 : 0
} else {
  const require = createRequire(import.meta.url)
  const { bin } = require('slashroom/package.json')
  process.argv.splice(2, args.length, 'new', ...args)
  await import(pathToFileURL(join(require.resolve('slashroom/package.json'), '..', bin.slashroom)).href)
}
