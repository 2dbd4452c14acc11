#!/usr/bin/env node
import { readFileSync } from 'node:fs'
import { isBotError } from '../model/errors.js'
import { nearest } from '../parsing/did-you-mean.js'
import { codeOf, messageOf, stackOf } from '../shared/error-details.js'
import { parseObject, readText } from '../shared/json.js'
import { packageFile } from '../shared/package-path.js'
import { loadEnvFile } from './load-env-file.js'
import { printError } from './print-error.js'
import { type Subcommand, usageOf } from './subcommand.js'
import { subcommands } from './subcommands.js'

// EPIPE: the reader has closed the pipe, as in `slashroom audit | head`.
process.stdout.on('error', (error) => process.exit(codeOf(error) === 'EPIPE' ? 0 : 1))
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code
  // Something that a command file left open, such as a connection pool, must not keep the process running.
  setTimeout(() => process.exit(), 500).unref()
})

/** Runs one subcommand and returns the exit code: 0 success, 1 failure, 2 wrong usage. */
async function main([name = '--help', ...args]: readonly string[]): Promise<number> {
  if (name === '--version' || name === '-v') return print(version())
  if (name === 'help' && args[0] !== undefined) return await main([args[0], '--help'])
  if (name === '--help' || name === '-h' || name === 'help') return print(await overview())
  const load = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
  if (!load) return printError(`there is no subcommand "${name}".${hint(name)} "slashroom --help" lists them.`)
  const subcommand = await load()
  if (args.includes('--help') || args.includes('-h')) return print(usageOf(name, subcommand))
  try {
    loadEnvFile()
    return await subcommand.run(args)
  } catch (error) {
    if (isBotError(error, 'config') || isBotError(error, 'unavailable')) return printError(error.message, 1)
    if (codeOf(error).startsWith('ERR_PARSE_ARGS'))
      return printError(`${wrongArgument(messageOf(error), subcommand)} "slashroom ${name} --help" shows how.`)
    return printError(stackOf(error), 1)
  }
}

function hint(name: string, known = Object.keys(subcommands)): string {
  const near = nearest(name, known)
  return near ? ` Did you mean "${near}"?` : ''
}

/** The first sentence of parseArgs's message, with a suggestion. */
function wrongArgument(message: string, { options = {} }: Subcommand): string {
  const [first = message] = message.split(/\. |\n/, 1)
  const [wrong = ''] = /--[\w-]+/.exec(first) ?? []
  const known = Object.keys(options).flatMap((option) => /--[\w-]+/.exec(option) ?? [])
  return `${first.replace(/\.$/, '')}.${hint(wrong, known)}`
}

async function overview(): Promise<string> {
  const listed = Object.entries(subcommands).map(
    async ([name, load]) => `  ${name.padEnd(10)} ${(await load()).summary}`,
  )
  const usage = 'Usage: slashroom <subcommand> [options]'
  return [usage, '', ...(await Promise.all(listed)), '', 'Run slashroom <subcommand> --help for details.'].join('\n')
}

function print(text: string): number {
  console.log(text)
  return 0
}

function version(): string {
  const manifest = parseObject(readFileSync(packageFile('package.json')))
  return readText(manifest?.['version']) ?? 'unknown'
}
