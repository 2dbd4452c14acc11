import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import { formatRate } from '../../notify/rate-limit.js'
import type { Sender } from '../../notify/sender.js'
import { createTokens, type ListedToken, type Tokens } from '../../notify/tokens.js'
import { formatTime } from '../format-time.js'
import { printError } from '../print-error.js'
import { printJson } from '../print-json.js'
import { removeByName } from '../remove-by-name.js'
import { sanitize } from '../sanitize.js'
import type { Subcommand } from '../subcommand.js'
import { table } from '../table.js'
import { readTokenRequest } from '../token-request.js'
import { warnOfUnknownRooms } from '../warn-of-unknown-rooms.js'
import { withLastingStore } from '../with-storage.js'

/** `slashroom token create|list|revoke`: tokens for senders. */
export const token: Subcommand = {
  summary: 'Creates, lists and revokes the tokens that senders post with',
  usage: 'create --name <n> --room <r>… [options] | list [--json] | revoke <name>… [--json]',
  options: {
    '--name <n>':
      'its name: 1 to 64 letters, digits, dots, dashes and underscores (with --kind command: commands-<room>)',
    '--room <r>': 'a room it may post to: a name, an id, slack:C0123 or an alias; repeatable',
    '--all-rooms': 'it may post to every room',
    '--v1': '30 characters long, like the tokens of HipChat API v1',
    '--expires <time>': 'when it expires, such as 90d (default: never)',
    '--rate <n/time>': 'rate limit, such as 30/1m, or none (default 500/5m)',
    '--mentions': 'its posts may mention people',
    '--kind <kind>': 'post (default), or command for HipChat\'s "Add a command"',
    '--reply-to <url>': "with --kind command: the room's own address, for late results",
    '--json': 'print JSON, one line per token',
  },
  examples: [
    'TOKEN=$(slashroom token create --name ci --room ops)',
    'slashroom token create --name alerts --room ops --room slack:C0123 --expires 90d --rate 30/1m',
    'slashroom token revoke ci',
  ],
  async run([verb, ...args]) {
    if (verb === 'create') return await create(args)
    const options = { json: { type: 'boolean', default: false } } as const
    const { values, positionals: names } = parseArgs({ args, options, allowPositionals: true })
    if (verb === 'list' && names.length === 0) return await list(values.json)
    if (verb === 'revoke' && names.length > 0) return await revoke(names, values.json)
    return printError(
      'usage: slashroom token create --name <name> --room <room>, slashroom token list, or slashroom token revoke <name>.',
    )
  },
}

/** Prints only the token to standard output, for use in scripts. */
async function create(args: readonly string[]): Promise<number> {
  const read = readTokenRequest(args)
  if ('error' in read) return printError(read.error)
  const config = readConfig(process.env)
  await withLastingStore(config, async (store, encryptor) => {
    const { token, sender } = await createTokens({ store, encryptor }).create(read.request)
    print(token, sender, read.json)
    // The room of a command token needs no installation.
    if (sender.kind === 'post' && sender.rooms !== 'all')
      await warnOfUnknownRooms(sender.rooms, { config, store, encryptor })
  })
  return 0
}

function print(token: string, sender: Sender, json: boolean): void {
  const path = sender.kind === 'command' ? `/byo/${token}` : undefined
  if (json) printJson({ token, name: sender.name, rooms: sender.rooms, path })
  else {
    console.log(path ?? token)
    console.error(describe(sender))
  }
}

function describe({ name, kind, rooms, rate, expiresAt }: Sender): string {
  const where = rooms === 'all' ? 'all rooms' : sanitize(rooms.join(', '))
  const until = expiresAt === undefined ? 'until revoked' : `until ${formatTime(expiresAt)} UTC`
  const shown = kind === 'command' ? 'Append the path to the bot’s address. It' : 'It'
  return `Token "${name}" for ${where}, ${until}, rate ${formatRate(rate)}. ${shown} is shown only once: save it now.`
}

async function list(json: boolean): Promise<number> {
  const tokens = await withTokens((tokens) => tokens.list())
  if (json) for (const one of tokens) printJson(facts(one))
  else console.log(tokens.length > 0 ? show(tokens) : 'There are no tokens yet.')
  return 0
}

async function revoke(names: readonly string[], json: boolean): Promise<number> {
  return await withTokens((tokens) =>
    removeByName(names, { noun: 'token', done: 'Revoked', json, remove: (name) => tokens.revoke(name) }),
  )
}

async function withTokens<Value>(work: (tokens: Tokens) => Promise<Value>): Promise<Value> {
  return await withLastingStore(readConfig(process.env), (store, encryptor) => work(createTokens({ store, encryptor })))
}

/** A token as shown to an operator. */
function facts({ name, kind, rooms, mentions, rate, createdAt, expiresAt, lastUsedAt }: ListedToken) {
  return { name, kind, rooms, mentions, rate: formatRate(rate), createdAt, expiresAt, lastUsedAt }
}

function show(tokens: readonly ListedToken[]): string {
  return table([
    ['NAME', 'KIND', 'ROOMS', 'RATE', 'CREATED', 'EXPIRES', 'LAST USE'],
    ...tokens.map(({ name, kind, rooms, rate, createdAt, expiresAt, lastUsedAt }) => [
      name,
      kind,
      rooms === 'all' ? 'all' : sanitize(rooms.join(', ')),
      formatRate(rate),
      formatTime(createdAt),
      expiresAt === undefined ? 'never' : formatTime(expiresAt),
      lastUsedAt === undefined ? 'never' : formatTime(lastUsedAt),
    ]),
  ])
}
