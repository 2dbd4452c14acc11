import { discord } from './formats/discord.js'
import { hipchat } from './formats/hipchat.js'
import { mattermost } from './formats/mattermost.js'
import { slack } from './formats/slack.js'
import { slashroom } from './formats/slashroom.js'
import { teams } from './formats/teams.js'
import type { WireFormat } from './wire-format.js'

/** The names of the formats. */
export const formatNames = ['slashroom', 'hipchat', 'slack', 'mattermost', 'discord', 'teams'] as const

/** A format's name. */
export type FormatName = (typeof formatNames)[number]

/** The formats by name, one file each. */
export const wireFormats: Readonly<Record<FormatName, WireFormat>> = {
  slashroom,
  hipchat,
  slack,
  mattermost,
  discord,
  teams,
}

/** Detects the format of an address; unknown ones are taken for a bot. */
export function detectFormat({ hostname, pathname }: URL): FormatName {
  const [, name] = forms.find(([form]) => form.test(`${hostname}${pathname}`)) ?? []
  return name ?? 'slashroom'
}

/** Only paths, to recognize addresses behind a proxy too. */
const forms: readonly (readonly [form: RegExp, name: FormatName])[] = [
  [/\/api(?:\/v\d+)?\/webhooks\/\d+\/[\w-]+\/slack\/?$/, 'slack'], // Discord reads Slack's format there
  [/\/api(?:\/v\d+)?\/webhooks\/\d+\/[\w-]+\/?$/, 'discord'],
  [/\/services\/[^/]/, 'slack'],
  [/\/hooks\/[a-z0-9]{26}\/?$/, 'mattermost'],
  [/\/workflows\/[^/]+\/triggers\/[^/]+\/paths\/invoke\/?$|\/webhookb2\//, 'teams'],
  [/\/v2(?:\/room(?:\/[^/]+(?:\/notification)?)?)?\/?$|^[^/]*\.hipchat\.com\//, 'hipchat'],
]
