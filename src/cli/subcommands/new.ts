import { basename, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import { isBotError, UsageError } from '../../model/errors.js'
import { askForBot } from '../ask-for-bot.js'
import {
  type BotChoices,
  type KnownChoices,
  platformNames,
  readLanguage,
  readPlatforms,
  withDefaults,
} from '../bot-choices.js'
import { writeBot } from '../new-bot.js'
import { writeCommand } from '../new-command.js'
import { printError } from '../print-error.js'
import type { Subcommand } from '../subcommand.js'
import { endingOf } from '../templates/language.js'
import { platformTemplates } from '../templates/platform-section.js'

const flags = {
  for: { type: 'string', multiple: true },
  language: { type: 'string' },
  yes: { type: 'boolean', short: 'y' },
  from: { type: 'string' },
} as const

/** `slashroom new`: a bot of one's own, or one more command in it. */
export const newSubcommand: Subcommand = {
  summary: 'Creates a bot in a new folder, or a command',
  usage: '[<folder>] [--for <platforms>] [--language <language>] [--yes] [--from <tarball>] | command <path>',
  options: {
    '<folder>': 'where to create the bot; must not exist, or be empty',
    'command <path>': 'create a command and its test; never overwrites a file',
    '--for <platforms>': `comma-separated chat services that its README and packages cover: ${platformNames}`,
    '--language <language>': 'typescript or javascript',
    '--yes': 'or -y: ask nothing, as without a terminal; the default is a bot for hipchat in typescript',
    '--from <tarball>': 'install slashroom from a tarball made by "npm pack" instead of the registry',
  },
  examples: [
    'slashroom new',
    'slashroom new my-bot --for slack,irc --language javascript',
    'slashroom new my-bot --yes',
    'slashroom new my-bot --from slashroom-0.1.0.tgz',
    'slashroom new command deploy/status',
  ],
  async run(args) {
    const { values, positionals } = parseArgs({ args: [...args], options: flags, allowPositionals: true })
    const [first, ...rest] = positionals
    try {
      if (first === 'command') return await command(rest)
      if (rest.length > 0) return printError(`give one folder, not ${positionals.length}.`)
      const known: KnownChoices = {
        folder: first,
        platforms: readFlag('--for', values.for?.join(), readPlatforms),
        language: readFlag('--language', values.language, readLanguage),
      }
      const choices = isAsked(values.yes) ? await askForBot(known) : choose(known, values.yes)
      return choices ? await bot(choices, values.from) : printError('nothing was created.', 1)
    } catch (error) {
      if (isBotError(error, 'usage')) return printError(error.message)
      throw error
    }
  },
}

function readFlag<T>(flag: string, text: string | undefined, read: (text: string) => T): T | undefined {
  try {
    return text === undefined ? undefined : read(text)
  } catch (error) {
    if (isBotError(error, 'usage')) throw new UsageError(`${flag}: ${error.message}`)
    throw error
  }
}

function isAsked(yes = false): boolean {
  return !yes && process.stdin.isTTY === true && process.stdout.isTTY === true
}

/** Throws UsageError if no folder was given. */
function choose(known: KnownChoices, yes = false): BotChoices {
  if (known.folder === undefined && !yes)
    throw new UsageError('usage: slashroom new <folder>, or slashroom new command <path>.')
  return withDefaults(known)
}

async function bot({ folder, platforms, language }: BotChoices, tarball: string | undefined): Promise<number> {
  const dir = resolve(folder)
  const files = await writeBot(dir, { tarball, platforms, language })
  const here = relative('.', dir) || '.'
  const titles = platforms.map((platform) => platformTemplates[platform]?.title ?? platform)
  console.log(
    [
      `Created ${basename(dir)}: ${files.length} files in ${here}.`,
      '',
      'Next:',
      ...(here === '.' ? [] : [`  cd ${/\s/.test(here) ? `"${here}"` : here}`]),
      '  npm install',
      '  npm run dev      a room to type in: /hello',
      '  npm test',
      '',
      `commands/hello${endingOf(language)} is /hello. README.md explains how to connect it to ${new Intl.ListFormat('en').format(titles)}.`,
    ].join('\n'),
  )
  return 0
}

async function command(words: readonly string[]): Promise<number> {
  if (words.length === 0) return printError('usage: slashroom new command deploy/status')
  const { name, file, test } = await writeCommand(words.join('/'), readConfig(process.env).commandsDir)
  console.log([`${file} is /${name}.`, `${test} tests it.`].join('\n'))
  return 0
}
