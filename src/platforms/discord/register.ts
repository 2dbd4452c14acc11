import { ConfigError, DeliveryError } from '../../model/errors.js'
import type { PlatformDeps, Registration } from '../platform.js'
import type { Api } from './api.js'
import { buildCommands, isSlashCommand, planRegistration } from './commands/application-commands.js'
import type { Settings } from './settings.js'
import { parseList } from './wire.js'

/** What registering needs. */
export interface RegisterDeps extends Pick<Settings, 'applicationId' | 'botToken'>, Pick<PlatformDeps, 'catalog'> {
  readonly api: Api
}

/** Creates a function that registers the commands if they have changed. */
export function createRegister({ api, catalog, applicationId, botToken }: RegisterDeps) {
  return async ({ apply }: { readonly apply: boolean }): Promise<Registration> => {
    if (!botToken) throw new ConfigError('DISCORD_BOT_TOKEN is needed to register commands with Discord.')
    const { commands, left } = buildCommands(catalog.list())
    const path = `/applications/${applicationId}/commands`
    const existing = parseList((await api({ method: 'GET', path, asBot: true })).body)
    if (!existing) throw new DeliveryError('Discord did not return the list of commands', { retry: true })
    const { add, change, remove } = planRegistration(existing, commands)
    if (apply && add.length + change.length + remove.length > 0) {
      // Commands missing from the list are removed.
      const body = [...existing.filter((one) => !isSlashCommand(one)), ...commands]
      await api({ method: 'PUT', path, body, asBot: true })
    }
    return {
      added: add.map(typed),
      changed: change.map(typed),
      removed: remove.map(typed),
      notes: left.map(({ command, why }) => `${typed(command)} is left out: ${why}`),
    }
  }
}

function typed(command: string): string {
  return `/${command}`
}
