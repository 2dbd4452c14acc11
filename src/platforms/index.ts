import { discord } from './discord/index.js'
import { hipchat } from './hipchat/index.js'
import { mattermost } from './mattermost/index.js'
import type { PlatformFactory } from './platform.js'
import { slack } from './slack/index.js'

/** The chat services that ship with slashroom, each where its share of the environment is set. */
export const platforms: readonly PlatformFactory[] = [hipchat, discord, mattermost, slack]
