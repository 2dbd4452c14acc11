import { describe, expect, it } from 'vitest'
import type { Platform } from '../../src/platforms/platform.js'
import { platformsOutOfReach } from '../../src/platforms/unreachable-webhooks.js'

const called = (name: string) => ({ name, webhooks: ['/webhook'] }) as unknown as Platform
const connected = (name: string) => ({ ...called(name), async connect() {} })
const standing = [called('hipchat'), called('byo')]

describe('an address that no service will call', () => {
  it.each([
    ['http://localhost:3000', standing, {}, ['hipchat']],
    ['https://localhost:3000', standing, {}, ['hipchat']],
    ['http://bot.example.com', [...standing, called('slack'), called('discord')], {}, ['hipchat', 'slack', 'discord']],
    ['http://localhost:3000', [...standing, connected('irc'), called('teams')], {}, ['teams']],
    ['http://localhost:3000', standing, { HIPCHAT_HOSTS: '*.hipchat.com' }, ['hipchat']],
    [
      'http://localhost:3000',
      [...standing, called('mattermost')],
      { MATTERMOST_URL: 'https://chat.example.com', HIPCHAT_HOSTS: '127.0.0.1:3001' },
      ['mattermost'],
    ],
  ])('is named with those that wait for it: %s', (baseUrl, platforms, env, expected) => {
    expect(platformsOutOfReach(platforms, baseUrl, env)).toEqual(expected)
  })

  it.each([
    ['https://bot.example.com', [...standing, called('slack')], {}],
    ['http://localhost:3000', [...standing, connected('xmpp'), connected('slack')], {}],
    ['http://localhost:3000', standing, { HIPCHAT_HOSTS: '*.hipchat.com,localhost:3001' }],
    ['http://10.0.0.5:3000', [connected('irc'), called('mattermost')], { MATTERMOST_URL: 'http://10.0.0.4:8065' }],
    ['http://localhost:3000', [connected('irc'), called('mattermost')], { MATTERMOST_URL: 'http://localhost:8065' }],
  ])('is none where they connect, or call from near: %s', (baseUrl, platforms, env) => {
    expect(platformsOutOfReach(platforms, baseUrl, env)).toEqual([])
  })
})
