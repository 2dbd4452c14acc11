// The parser without a server: microseconds for one line.
import parseArguments from 'yargs-parser'
import { compileOptions } from '../../build/parsing/compile-options.js'
import { parse } from '../../build/parsing/parse-options.js'
import { tokenize } from '../../build/parsing/tokenize.js'
import { options } from '../agreed-values.mjs'
import { ready } from './bench-ipc.mjs'

const line = '/c17 web --env prod -n 12345'
const compiled = compileOptions(options)
const settings = {
  string: ['env', 'service'],
  number: ['number'],
  alias: { env: 'e', number: 'n' },
  default: { env: 'staging' },
}
const invocation = { mentions: [] }

const ways = {
  'split alone': () => line.split(/\s+/),
  'yargs-parser, hand-assembled': () => parseArguments(line.split(/\s+/).slice(1), settings),
  'slashroom: words': () => tokenize(line),
  'slashroom: words and options': () => parse(compiled, line, tokenize(line).slice(1), invocation),
}

ready(0, {
  async time({ name, times = 10_000 }) {
    const way = ways[name]
    for (let count = 0; count < times / 2; count++) await way()
    const started = performance.now()
    for (let count = 0; count < times; count++) await way()
    return { us: ((performance.now() - started) * 1_000) / times }
  },
})
