import { discord } from './discord.js'
import type { Encoder } from './encoder.js'
import { hipchat } from './hipchat.js'
import { irc } from './irc.js'
import { mattermost } from './mattermost.js'
import { plain } from './plain.js'
import { slack } from './slack.js'
import { teams } from './teams.js'
import { telegram } from './telegram.js'
import { xmpp } from './xmpp.js'

/** Every service that a reply is shown as, in the order in which the page has them. */
export const encoders: readonly Encoder[] = [hipchat, slack, mattermost, discord, telegram, teams, xmpp, irc, plain]
