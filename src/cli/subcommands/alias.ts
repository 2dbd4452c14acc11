import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import { type Alias, type Aliases, createAliases } from '../../notify/aliases.js'
import { isName, nameRule } from '../../notify/name.js'
import { parseRoomAddress } from '../../notify/room-address.js'
import { printError } from '../print-error.js'
import { printJson } from '../print-json.js'
import { removeByName } from '../remove-by-name.js'
import { sanitize } from '../sanitize.js'
import type { Subcommand } from '../subcommand.js'
import { table } from '../table.js'
import { warnOfUnknownRooms } from '../warn-of-unknown-rooms.js'
import { withLastingStore } from '../with-storage.js'

/** `slashroom alias set|list|remove`: names for one or several rooms. */
export const alias: Subcommand = {
  summary: 'Manages names for one or more rooms that senders can post to',
  usage: 'set <name> <room>… [--json] | list [--json] | remove <name>… [--json]',
  options: { '--json': 'print one line of JSON each' },
  examples: ['slashroom alias set ops hipchat:42 slack:C0123', 'slashroom alias list', 'slashroom alias remove ops'],
  async run(args) {
    const options = { json: { type: 'boolean', default: false } } as const
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true })
    const [verb, ...words] = positionals
    if (verb === 'set' && words.length > 1) return await set(words, values.json)
    if (verb === 'list' && words.length === 0) return await list(values.json)
    if (verb === 'remove' && words.length > 0) return await remove(words, values.json)
    return printError(
      'usage: slashroom alias set <name> <room>…, slashroom alias list, or slashroom alias remove <name>.',
    )
  },
}

async function set([name = '', ...rooms]: readonly string[], json: boolean): Promise<number> {
  if (!isName(name)) return printError(`an alias must have ${nameRule}, not ${JSON.stringify(name)}.`)
  const wrong = rooms.find((room) => !parseRoomAddress(room))
  if (wrong !== undefined) return printError(`${JSON.stringify(wrong)} is not a valid room for an alias.`)
  const config = readConfig(process.env)
  await withLastingStore(config, async (store, encryptor) => {
    const made = await createAliases(store).set(name, rooms)
    if (json) printJson(made)
    else console.log(`"${made.name}" is ${sanitize(made.rooms.join(', '))}.`)
    await warnOfUnknownRooms(made.rooms, { config, store, encryptor })
  })
  return 0
}

async function list(json: boolean): Promise<number> {
  const aliases = await withAliases((aliases) => aliases.list())
  if (json) for (const one of aliases) printJson(one)
  else console.log(aliases.length > 0 ? show(aliases) : 'There are no aliases yet.')
  return 0
}

async function remove(names: readonly string[], json: boolean): Promise<number> {
  return await withAliases((aliases) =>
    removeByName(names, { noun: 'alias', done: 'Removed', json, remove: (name) => aliases.remove(name) }),
  )
}

async function withAliases<Value>(work: (aliases: Aliases) => Promise<Value>): Promise<Value> {
  return await withLastingStore(readConfig(process.env), (store) => work(createAliases(store)))
}

function show(aliases: readonly Alias[]): string {
  return table([['NAME', 'ROOMS'], ...aliases.map(({ name, rooms }) => [name, sanitize(rooms.join(', '))])])
}
