import type { LoadedCommand } from '../../../model/command.js'
import { asRecord, isRecord } from '../../../shared/json.js'
import { shorten } from '../../../shared/text.js'
import type { Registration } from '../../platform.js'
import { type RootCommand, rootCommands } from '../../root-commands.js'
import { name } from '../wire.js'

/** The parts of an app's manifest that the bot fills in. https://docs.slack.dev/reference/app-manifest */
export type Manifest = Readonly<Record<string, unknown>>

/** A slash command in a manifest. */
export interface SlashCommand {
  readonly command: string
  /** Left out if commands arrive only over connections. */
  readonly url?: string
  readonly description: string
  readonly usage_hint?: string
  readonly should_escape: true
}

/** The commands for a manifest, and why others are missing. */
export interface SlashCommandSelection {
  readonly commands: readonly SlashCommand[]
  readonly left: readonly string[]
}

/** One command per first word; everything after it is text. */
export function wantedCommands(
  loaded: readonly LoadedCommand[],
  urls: Pick<ManifestUrls, 'baseUrl' | 'webhooks'>,
): SlashCommandSelection {
  const commands: SlashCommand[] = []
  const left: string[] = []
  for (const first of rootCommands(loaded)) {
    const why = commands.length === mostCommands ? `there are ${mostCommands} already` : findFault(first)
    if (why) left.push(`/${first.word} is left out: ${why}. Calling the bot by its name reaches it`)
    else commands.push(toSlashCommand(first, urls))
  }
  return { commands, left }
}

/** A manifest for a new app. */
export function newManifest(commands: readonly SlashCommand[], urls: ManifestUrls): Manifest {
  return planManifest({}, commands, urls).manifest
}

/** The bot's public address. */
export interface ManifestUrls {
  readonly baseUrl: string
  /** Whether it accepts webhooks; otherwise the manifest has no addresses for them. */
  readonly webhooks: boolean
  /** Whether it uses Socket Mode: then everything arrives over connections. */
  readonly socketMode: boolean
  /** Whether workspaces install the app through OAuth. */
  readonly installed: boolean
}

/** The updated manifest, and what changed. */
export interface ManifestPlan extends Pick<Registration, 'added' | 'changed' | 'removed'> {
  readonly manifest: Manifest
}

/** Fills in the bot's commands and addresses. Commands with other addresses, and everything else, stay. */
export function planManifest(existing: Manifest, commands: readonly SlashCommand[], urls: ManifestUrls): ManifestPlan {
  const features = asRecord(existing['features'])
  const present = list(features['slash_commands']).filter(isRecord)
  const known = new Map(present.map((one) => [String(one['command']), one]))
  const words = new Set(commands.map(({ command }) => command))
  // A command without an address arrives over connections, so it is ours.
  const isOurs = ({ url }: Manifest) => url === undefined || String(url).endsWith(`/${name}/commands`)
  const others = present.filter((one) => !words.has(String(one['command'])))
  const deps = partsOf(existing, urls)
  return {
    manifest: {
      ...existing,
      display_information: { name: 'Slashroom', ...asRecord(existing['display_information']) },
      features: {
        bot_user: { display_name: 'slashroom', always_online: true },
        ...features,
        slash_commands: [...others.filter((one) => !isOurs(one)), ...commands],
      },
      oauth_config: { ...asRecord(existing['oauth_config']), ...deps.oauth },
      settings: { ...asRecord(existing['settings']), ...deps.settings },
    },
    added: commands.map(({ command }) => command).filter((command) => !known.has(command)),
    changed: [
      ...commands.filter((one) => isAnother(known.get(one.command), one)).map(({ command }) => command),
      ...deps.changed,
    ],
    removed: others.filter(isOurs).map(({ command }) => String(command)),
  }
}

const mostCommands = 50

/** Commands that the service handles itself. https://slack.com/help/articles/201259356 */
const reserved = new Set(
  (
    'active apps archive away call close collapse dm dnd expand feed feedback help huddle invite join kick leave me msg ' +
    'mute open prefs remind remove rename search shortcuts shrug star status topic who'
  ).split(' '),
)

function findFault({ word, shown }: RootCommand): string | undefined {
  if (!shown) return 'it is hidden, and registered commands are visible'
  if (reserved.has(word)) return 'Slack keeps this word to itself'
  return /^[\p{L}\p{N}_-]{1,31}$/u.test(word) ? undefined : 'Slack takes no such name'
}

function toSlashCommand({ word, summary, hint }: RootCommand, urls: Pick<ManifestUrls, 'baseUrl' | 'webhooks'>) {
  return {
    command: `/${word}`,
    ...(urls.webhooks ? { url: `${urls.baseUrl}/${name}/commands` } : {}),
    description: shorten(summary, 100),
    ...(hint ? { usage_hint: shorten(hint, 100) } : {}),
    should_escape: true,
  } as const
}

/** URLs, scopes and events: missing ones are added, others stay. */
function partsOf(existing: Manifest, { baseUrl, webhooks, socketMode, installed }: ManifestUrls) {
  const at = (path: string) => (webhooks ? { request_url: `${baseUrl}/${name}/${path}` } : {})
  const oauth = asRecord(existing['oauth_config'])
  const settings = asRecord(existing['settings'])
  const events = asRecord(settings['event_subscriptions'])
  const wanted = {
    scopes: { ...asRecord(oauth['scopes']), bot: union(asRecord(oauth['scopes'])['bot'], scopes) },
    redirect_urls: union(oauth['redirect_urls'], installed ? [`${baseUrl}/${name}/oauth_redirect`] : []),
    interactivity: { ...asRecord(settings['interactivity']), is_enabled: true, ...at('interactivity') },
    event_subscriptions: { ...events, ...at('events'), bot_events: union(events['bot_events'], botEvents) },
  }
  const isSwitched = (settings['socket_mode_enabled'] === true) !== socketMode
  const { redirect_urls, ...always } = wanted
  const now: Manifest = { ...oauth, ...settings, redirect_urls: list(oauth['redirect_urls']) }
  return {
    oauth: { scopes: always.scopes, ...(redirect_urls.length > 0 ? { redirect_urls } : {}) },
    settings: {
      interactivity: wanted.interactivity,
      event_subscriptions: wanted.event_subscriptions,
      ...(isSwitched ? { socket_mode_enabled: socketMode } : {}),
    },
    changed: [
      ...Object.entries(wanted)
        .filter(([part, value]) => differs(now[part], value))
        .map(([part]) => part.replace('_', ' ')),
      ...(isSwitched ? ['socket mode'] : []),
    ],
  }
}

/**
 * The minimum for answering commands and finding channels; `app_mentions:read` is for threads, where slash commands do not
 * work.
 */
export const scopes = ['commands', 'chat:write', 'files:write', 'app_mentions:read', 'channels:read', 'groups:read']
const botEvents = ['app_mention', 'app_uninstalled', 'tokens_revoked']

function isAnother(present: Manifest | undefined, wanted: SlashCommand): boolean {
  if (!present) return false
  const { url, description, usage_hint = '', should_escape = false } = present
  const { usage_hint: hint = '' } = wanted
  return url !== wanted.url || description !== wanted.description || usage_hint !== hint || should_escape !== true
}

/** Compares only the wanted members of a record. */
function differs(present: unknown, wanted: object): boolean {
  if (Array.isArray(wanted)) return JSON.stringify(list(present).toSorted()) !== JSON.stringify(wanted.toSorted())
  const there = asRecord(present)
  return Object.entries(wanted).some(([key, value]) =>
    typeof value === 'object' ? differs(there[key], value) : there[key] !== value,
  )
}

function union(present: unknown, wanted: readonly string[]): readonly string[] {
  return [...new Set([...list(present).map(String), ...wanted])]
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
