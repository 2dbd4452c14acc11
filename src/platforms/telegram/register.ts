import { DeliveryError } from '../../model/errors.js'
import { isRecord } from '../../shared/json.js'
import type { Registration } from '../platform.js'
import { noChanges } from '../register-commands.js'
import type { Api } from './api.js'
import type { Menu } from './commands/menu.js'
import type { BotCommand } from './wire.js'

/** What registering needs. */
export interface RegisterDeps {
  readonly api: Api
  readonly menu: () => Menu
}

/**
 * Creates a function that registers the menu's commands if they have changed. Lists for some chats hide the general one, so
 * existing ones are updated too. https://core.telegram.org/bots/api#setmycommands
 */
export function createRegister({ api, menu }: RegisterDeps) {
  return async ({ apply }: { readonly apply: boolean }): Promise<Registration> => {
    const { entries, left } = menu()
    const registration = noChanges()
    for (const type of scopes) {
      const existing = await list(type)
      if (type !== 'default' && existing.length === 0) continue
      const { added, changed, removed } = compare(existing, entries)
      const where = type === 'default' ? '' : ` (${type})`
      registration.added.push(...added.map((one) => `/${one}${where}`))
      registration.changed.push(...changed.map((one) => `/${one}${where}`))
      registration.removed.push(...removed.map((one) => `/${one}${where}`))
      if (apply && added.length + changed.length + removed.length > 0) {
        await api({ method: 'setMyCommands', args: { commands: entries, scope: { type } } })
      }
    }
    registration.notes.push(...left.map(({ command, why }) => `/${command} is left out of the menu: ${why}`))
    return registration
  }

  async function list(type: Scope): Promise<readonly BotCommand[]> {
    const sent = await api({ method: 'getMyCommands', args: { scope: { type } } })
    if (!Array.isArray(sent)) throw new DeliveryError('Telegram did not return the list of commands', { retry: true })
    return sent.filter(isRecord).map(({ command, description }) => ({
      command: String(command),
      description: String(description),
    }))
  }
}

type Scope = (typeof scopes)[number]

/** https://core.telegram.org/bots/api#botcommandscope */
const scopes = ['default', 'all_private_chats', 'all_group_chats', 'all_chat_administrators'] as const

/** Ignores the order, because clients filter by what is typed. Servers before 10.2 do not return what is ephemeral. */
function compare(existing: readonly BotCommand[], wanted: readonly BotCommand[]) {
  const known = new Map(existing.map(({ command, description }) => [command, description]))
  const words = new Set(wanted.map(({ command }) => command))
  return {
    added: wanted.filter(({ command }) => !known.has(command)).map(({ command }) => command),
    changed: wanted
      .filter(({ command, description }) => known.has(command) && known.get(command) !== description)
      .map(({ command }) => command),
    removed: [...known.keys()].filter((command) => !words.has(command)),
  }
}
