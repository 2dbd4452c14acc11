import { basename, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import { writeBot } from '../new-bot.js'
import { writeCommand } from '../new-command.js'
import { printError } from '../print-error.js'
import type { Subcommand } from '../subcommand.js'

/** `slashroom new`: a bot of one's own, or one more command in it. */
export const newSubcommand: Subcommand = {
  summary: 'Makes a bot of your own in a new folder, or a new command',
  usage: '<folder> [--from <tarball>] | command <path>',
  options: {
    '<folder>': 'where the bot is to be; it must not exist yet, or be empty',
    'command <path>': 'writes a command file and its test; never over a file that is there',
    '--from <tarball>': 'installs slashroom from what "npm pack" made, and not from the registry',
  },
  examples: [
    'slashroom new my-bot',
    'slashroom new my-bot --from slashroom-0.1.0.tgz',
    'slashroom new command deploy/status',
  ],
  async run(args) {
    const options = { from: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [first, ...rest] = positionals
    if (first === undefined) return printError('say where: slashroom new <folder>, or slashroom new command <path>.')
    if (first === 'command') return await command(rest)
    if (rest.length > 0) return printError(`one folder at a time, not ${positionals.length}.`)
    return await bot(first, values.from)
  },
}

async function bot(folder: string, from: string | undefined): Promise<number> {
  const dir = resolve(folder)
  const files = await writeBot(dir, from)
  const here = relative('.', dir) || '.'
  console.log(
    [
      `Made ${basename(dir)}: ${files.length} files in ${here}.`,
      '',
      'Next:',
      ...(here === '.' ? [] : [`  cd ${/\s/.test(here) ? `"${here}"` : here}`]),
      '  npm install',
      '  npm run dev      a room to type in: /hello',
      '  npm test',
      '',
      'commands/hello.ts is /hello. README.md there says what comes after that.',
    ].join('\n'),
  )
  return 0
}

async function command(words: readonly string[]): Promise<number> {
  if (words.length === 0) return printError('say which: slashroom new command deploy/status')
  const { name, file, test } = await writeCommand(words.join('/'), readConfig(process.env).commandsDir)
  console.log([`${file} is /${name}.`, `${test} tests it.`].join('\n'))
  return 0
}
