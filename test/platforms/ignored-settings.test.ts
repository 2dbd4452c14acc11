import { describe, expect, it } from 'vitest'
import { ignoredSettings } from '../../src/platforms/ignored-settings.js'

describe('settings of a platform that is off', () => {
  it('are named, with the setting that turns it on', () => {
    const env = { MATTERMOST_BOT_TOKEN: 'x', MATTERMOST_URL: ' ', IRC_NICK: 'bot', XMPP_PASSWORD: ' ' }
    expect(ignoredSettings(env)).toEqual([
      { setting: 'MATTERMOST_BOT_TOKEN', missing: 'MATTERMOST_URL' },
      { setting: 'IRC_NICK', missing: 'IRC_URL' },
    ])
  })

  it('are none where it is on', () => {
    expect(ignoredSettings({ XMPP_JID: 'bot@chat.example', XMPP_PASSWORD: 'x', DISCORD_PUBLIC_KEY: 'x' })).toEqual([])
  })
})
