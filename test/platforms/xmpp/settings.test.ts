import { describe, expect, it } from 'vitest'
import { readSettings } from '../../../src/platforms/xmpp/settings.js'

const env = { XMPP_JID: 'Bot@Chat.example', XMPP_PASSWORD: 'secret' }

describe('the settings of XMPP', () => {
  it('need an address and a password, and have defaults for the rest', () => {
    expect(readSettings({})).toBeUndefined()
    expect(readSettings(env)).toMatchObject({ jid: 'bot@chat.example', nick: 'Bot', server: undefined, rooms: [] })
    const server = (XMPP_SERVICE: string) => readSettings({ ...env, XMPP_SERVICE })?.server
    expect(server('xmpp://[::1]')).toEqual({ host: '::1', port: 5222, tls: false })
    expect(server('xmpps://chat.example:443')).toEqual({ host: 'chat.example', port: 443, tls: true })
    expect(
      readSettings({ ...env, XMPP_TLS_FINGERPRINT: `sha256 Fingerprint=${'AB:'.repeat(31)}AB` })?.fingerprint,
    ).toBe('ab'.repeat(32))
  })

  it.each([
    ['XMPP_JID', 'chat.example'],
    ['XMPP_JID', 'a b@chat.example'],
    ['XMPP_PASSWORD', ''],
    ['XMPP_SERVICE', 'https://chat.example'],
    ['XMPP_SERVICE', 'xmpp://user:secret@chat.example'],
    ['XMPP_ROOMS', 'ops'],
    ['XMPP_NICK', 'a\u0007b'],
    ['XMPP_ALLOW_PLAIN', 'maybe'],
    ['XMPP_TLS_FINGERPRINT', 'ab:cd'],
  ])('are refused if %s is %j, without showing a password', (name, value) => {
    const read = () => readSettings({ ...env, [name]: value })
    expect(read).toThrow(name)
    expect(read).not.toThrow('secret')
  })
})
