import { parseArgs } from 'node:util'
import { isBotError, UsageError } from '../../model/errors.js'
import type { CardField } from '../../model/reply.js'
import { mostBytes, tones } from '../../notify/direct/compose.js'
import { type NotifyOptions, notify as notifyRoom, type Progress } from '../../notify/direct/notify.js'
import { formatNames } from '../../notify/direct/wire-formats.js'
import { formatDuration, parseDuration } from '../../parsing/duration.js'
import { printError } from '../print-error.js'
import { printJson } from '../print-json.js'
import type { Subcommand } from '../subcommand.js'

/** `slashroom notify --to https://… 'Build 12 passed'`: one notification, without a bot. */
export const notify: Subcommand = {
  summary: 'Notifies a room from a script, through a bot, a HipChat server or an incoming webhook',
  usage: "--to <address> [--token <token>] [--room <room>] [options] '<text>' | -",
  options: {
    "'<text>'": 'the text; - reads it from standard input',
    '--to <address>': 'address of a bot, a HipChat server or an incoming webhook (default SLASHROOM_NOTIFY_URL)',
    '--as <format>': `${formatNames.join(', ')} (default: detected from the address)`,
    '--token <token>':
      'token of a bot or a HipChat server (default SLASHROOM_TOKEN). Other users can see command lines',
    '--room <room>': "the room (default: all rooms of a bot's token, or the webhook's own room)",
    '--title <title>': 'a bold line above the text',
    '--url <url>': 'link of the title; without a title, the first line of the text becomes one',
    '--tone <tone>': `its color: ${tones.join(', ')}`,
    '--field <label=value>': 'a labeled value; repeatable',
    '--key <key>': 'what it is about: a later notification with the same key replaces or follows this one',
    '--from <name>': "the sender's name, if the service shows it",
    '--notify': 'play a sound on devices; HipChat servers only',
    '--timeout <duration>': 'time limit for one attempt (default 10s)',
    '--retry-for <duration>': 'how long to retry temporary failures (default 60s, 0 for a single attempt)',
    '--json': 'print the result as JSON',
  },
  examples: [
    "slashroom notify --to https://bot.example.com --room ops 'Build 12 passed'",
    "slashroom notify --to https://hooks.slack.com/services/… --tone bad --title 'Build 12 failed' - < errors.txt",
  ],
  async run(args) {
    try {
      const { values, text } = readArguments(args)
      const options = toOptions(values)
      const arrival = await notifyRoom(text === '-' ? await readStandardInput() : text, options)
      if (values.json) printJson({ arrived: true, ...arrival })
      return 0
    } catch (error) {
      if (isBotError(error, 'usage')) return printError(`${error.message} "slashroom notify --help" shows how.`)
      if (!isBotError(error, 'delivery')) throw error
      if (args.includes('--json')) printJson({ arrived: false, error: error.message })
      return printError(`it did not arrive: ${error.message}.`, 1)
    }
  },
}

const options = {
  to: { type: 'string' },
  as: { type: 'string' },
  token: { type: 'string' },
  room: { type: 'string' },
  title: { type: 'string' },
  url: { type: 'string' },
  tone: { type: 'string' },
  field: { type: 'string', multiple: true, default: [] as string[] },
  key: { type: 'string' },
  from: { type: 'string' },
  notify: { type: 'boolean', default: false },
  timeout: { type: 'string', default: '10s' },
  'retry-for': { type: 'string', default: '60s' },
  json: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof readArguments>['values']

function readArguments(args: readonly string[]) {
  const { values, positionals, tokens } = parseArgs({ args: [...args], options, allowPositionals: true, tokens: true })
  const given = tokens.flatMap((token) => (token.kind === 'option' && token.name !== 'field' ? [token.name] : []))
  const twice = given.find((name, at) => given.indexOf(name) !== at)
  if (twice !== undefined) throw new UsageError(`--${twice} must not be given more than once.`)
  if (positionals.length > 1) throw new UsageError('the text must be one argument, in quotes.')
  if (positionals.length === 0 && values.title === undefined) throw new UsageError('the text is missing.')
  return { values, text: positionals[0] ?? '' }
}

function toOptions(values: Values): NotifyOptions {
  const { room, title, url, key, from } = values
  const to = values.to ?? process.env['SLASHROOM_NOTIFY_URL']
  if (!to) throw new UsageError('the address is missing: --to, or SLASHROOM_NOTIFY_URL.')
  return {
    to,
    token: values.token ?? (process.env['SLASHROOM_TOKEN'] || undefined),
    as: oneOf('as', formatNames, values.as),
    tone: oneOf('tone', tones, values.tone),
    ...{ room, title, url, key, from },
    fields: values.field.map(readField),
    notify: values.notify,
    timeoutMs: readDuration('timeout', values.timeout, 1),
    retryForMs: readDuration('retry-for', values['retry-for'], 0),
    onProgress: process.stderr.isTTY ? showProgress : undefined,
  }
}

function oneOf<Name extends string>(option: string, names: readonly Name[], given: string | undefined) {
  if (given === undefined) return undefined
  const name = names.find((one) => one === given)
  if (name === undefined) throw new UsageError(`--${option} must be one of ${names.join(', ')}, not "${given}".`)
  return name
}

function readField(text: string): Pick<CardField, 'label' | 'value'> {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--field must be label=value, not "${text}".`)
  return { label: text.slice(0, at), value: text.slice(at + 1) }
}

function readDuration(option: string, text: string, least: number): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms < least || ms > longest)
    throw new UsageError(`--${option} must be a duration such as 30s or 5m, at most 1h, not "${text}".`)
  return ms
}

const longest = 3_600_000

/** Without the trailing line end of command output, and limited to what can be sent. */
async function readStandardInput(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    const bytes = Buffer.from(chunk)
    chunks.push(bytes)
    size += bytes.length
    if (size > mostBytes) throw new UsageError('standard input must not be longer than 1,048,576 bytes.')
  }
  return Buffer.concat(chunks).toString('utf8').trimEnd()
}

/** For terminals only: a build's log needs just the result. */
function showProgress({ arrived, posts, retry }: Progress): void {
  if (retry) printError(`${retry.reason}; trying again in ${formatDuration(Math.ceil(retry.pauseMs / 100) * 100)}`)
  else if (posts > 1) printError(`${arrived} of ${posts} posts arrived`)
}
