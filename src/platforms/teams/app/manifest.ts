import type { LoadedCommand } from '../../../model/command.js'
import { shorten } from '../../../shared/text.js'
import { rootCommands } from '../../root-commands.js'
import { accentColor } from './icons.js'

/** A command in a client's menu. */
export interface MenuEntry {
  readonly title: string
  readonly description: string
}

/** The commands that fit the menus, and the others. */
export interface Menu {
  readonly entries: readonly MenuEntry[]
  readonly left: readonly string[]
}

/** Lists the commands: complete if all fit, otherwise by their first words. */
export function buildMenu(commands: readonly LoadedCommand[]): Menu {
  const shown = commands.filter(({ command }) => !command.hidden)
  const whole = shown.map(({ name, command }) => toEntry(name, command.summary))
  const all = whole.length <= mostCommands ? whole : rootsOf(shown)
  return { entries: all.slice(0, mostCommands), left: all.slice(mostCommands).map(({ title }) => title) }
}

/** The app's manifest. https://learn.microsoft.com/microsoft-365/extensibility/schema */
export function buildManifest(appId: string, baseUrl: string, version: string, menu: Menu): object {
  const scopes = ['personal', 'team', 'groupChat']
  return {
    $schema: 'https://developer.microsoft.com/json-schemas/teams/v1.29/MicrosoftTeams.schema.json',
    manifestVersion: '1.29',
    version,
    id: appId,
    developer: { name: 'Slashroom', websiteUrl: baseUrl, privacyUrl: baseUrl, termsOfUseUrl: baseUrl },
    name: { short: 'Slashroom', full: 'Slashroom' },
    description: {
      short: 'Answers slash commands',
      full: 'Answers the commands that its menu lists, here and in chats.',
    },
    icons: { color: 'color.png', outline: 'outline.png' },
    accentColor,
    bots: [
      {
        botId: appId,
        scopes,
        supportsTargetedMessages: true,
        ...(menu.entries.length > 0
          ? { commandLists: [{ triggers: ['slash', 'mention'], scopes, commands: menu.entries }] }
          : {}),
      },
    ],
    permissions: ['identity', 'messageTeamMembers'],
    validDomains: [new URL(baseUrl).host],
  }
}

/** The limit of one list; another list would be for another scope. */
const mostCommands = 12

function rootsOf(commands: readonly LoadedCommand[]): readonly MenuEntry[] {
  const primary = new Set(commands.map(({ name }) => name.split(' ')[0]))
  return rootCommands(commands)
    .filter(({ word, shown }) => shown && primary.has(word))
    .map(({ word, summary, hint }) => toEntry(word, hint ? `${summary} ${hint}` : summary))
}

/** About as much as clients show. */
function toEntry(title: string, description: string): MenuEntry {
  return { title: shorten(title, 128), description: shorten(description || title, 200) }
}
