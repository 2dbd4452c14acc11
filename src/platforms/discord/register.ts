import type { Catalog } from '../../model/command.js'
import { ConfigError, DeliveryError } from '../../model/errors.js'
import type { Log } from '../../model/log.js'
import type { Api } from './api.js'
import { buildCommands, isSlashCommand, planCommands } from './commands.js'
import type { Settings } from './settings.js'
import { parseList } from './wire.js'

/** What registering needs. */
export interface RegisterParts extends Pick<Settings, 'applicationId' | 'botToken'> {
  readonly api: Api
  readonly catalog: Catalog
  readonly log: Log
}

/** Makes what tells the service which commands there are; it is told only where something differs. */
export function createRegister({ api, catalog, log, applicationId, botToken }: RegisterParts) {
  return async (): Promise<void> => {
    if (!botToken) throw new ConfigError('DISCORD_BOT_TOKEN is needed to register commands with Discord.')
    const { commands, left } = buildCommands(catalog.list())
    for (const { command, why } of left) log.warn({ command, why }, 'not registered with Discord')

    const path = `/applications/${applicationId}/commands`
    const existing = parseList((await api({ method: 'GET', path, asBot: true })).body)
    if (!existing) throw new DeliveryError('Discord did not say which commands there are', { retry: true })
    const plan = planCommands(existing, commands)
    if (plan.add.length + plan.change.length + plan.remove.length === 0) return log.debug({}, 'commands are registered')
    // All that is not in the list would be removed.
    const body = [...existing.filter((one) => !isSlashCommand(one)), ...commands]
    await api({ method: 'PUT', path, body, asBot: true })
    log.info({ ...plan }, 'commands registered with Discord')
  }
}
