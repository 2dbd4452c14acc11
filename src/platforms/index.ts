import { discord } from './discord/index.js'
import { byo } from './hipchat/byo/index.js'
import { hipchat } from './hipchat/index.js'
import { irc } from './irc/index.js'
import { mattermost } from './mattermost/index.js'
import type { PlatformFactory } from './platform.js'
import { slack } from './slack/index.js'
import { teams } from './teams/index.js'
import { telegram } from './telegram/index.js'
import { xmpp } from './xmpp/index.js'

/** The platforms that ship with Slashroom. Each one starts only if its settings are present. */
export const platforms: readonly PlatformFactory[] = [
  hipchat,
  discord,
  mattermost,
  slack,
  telegram,
  teams,
  xmpp,
  irc,
  byo,
]
