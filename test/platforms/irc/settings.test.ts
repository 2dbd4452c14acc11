import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/model/errors.js'
import { readSettings } from '../../../src/platforms/irc/settings.js'

const url = 'ircs://irc.example.com'

describe('the settings of IRC', () => {
  it('are undefined without an address', () => {
    expect(readSettings({})).toBeUndefined()
  })

  it('have the server, the nick, and the channels with their keys', () => {
    const env = { IRC_URL: url, IRC_NICK: 'ops-bot', IRC_PASSWORD: 'secret', IRC_CHANNELS: '#Ops, #dev  its-key,,#ops' }
    expect(readSettings(env)).toMatchObject({
      ...{ host: 'irc.example.com', port: 6697, tls: true, nick: 'ops-bot', account: 'ops-bot', password: 'secret' },
      channels: [
        { name: '#ops', id: '#ops', key: undefined },
        { name: '#dev', id: '#dev', key: 'its-key' },
      ],
    })
    expect(readSettings({ IRC_URL: 'irc://[::1]:7000' })).toMatchObject({ host: '::1', port: 7000, nick: 'slashroom' })
  })

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '[::1]'])('allow an unencrypted connection to %s', (host) => {
    expect(readSettings({ IRC_URL: `irc://${host}` })).toMatchObject({ tls: false, port: 6667 })
  })

  it('allow unencrypted connections to other machines only if the operator does', () => {
    const plain = { IRC_URL: 'irc://irc.example.com' }
    expect(() => readSettings(plain)).toThrow('IRC_ALLOW_PLAIN')
    expect(() => readSettings({ ...plain, IRC_ALLOW_PLAIN: 'maybe' })).toThrow('IRC_ALLOW_PLAIN must be yes or no.')
    expect(() => readSettings({ IRC_URL: 'irc://127.evil.example' })).toThrow('IRC_ALLOW_PLAIN')
    expect(readSettings({ ...plain, IRC_ALLOW_PLAIN: 'yes' })).toMatchObject({ tls: false })
  })

  it('accept a fingerprint as openssl prints it', () => {
    const colons = Array.from({ length: 32 }, () => 'AB').join(':')
    for (const given of [colons, `sha256 Fingerprint=${colons}`, 'ab'.repeat(32)]) {
      expect(readSettings({ IRC_URL: url, IRC_TLS_FINGERPRINT: given })?.fingerprint).toBe('ab'.repeat(32))
    }
  })

  it.each([
    [{ IRC_URL: 'https://irc.example.com' }, 'IRC_URL'],
    [{ IRC_URL: 'ircs://bot:secret@irc.example.com' }, 'IRC_URL'],
    [{ IRC_URL: 'irc.example.com' }, 'IRC_URL'],
    [{ IRC_URL: url, IRC_NICK: '1bot' }, 'IRC_NICK'],
    [{ IRC_URL: url, IRC_NICK: 'a bot' }, 'IRC_NICK'],
    [{ IRC_URL: url, IRC_ACCOUNT: 'bot' }, 'IRC_PASSWORD'],
    [{ IRC_URL: url, IRC_PASSWORD: 'secret\nQUIT' }, 'IRC_PASSWORD'],
    [{ IRC_URL: url, IRC_CHANNELS: 'ops' }, 'IRC_CHANNELS: entry 1'],
    [{ IRC_URL: url, IRC_CHANNELS: '#a,#b secret more' }, 'IRC_CHANNELS: entry 2'],
    [{ IRC_URL: url, IRC_TLS_FINGERPRINT: 'abc' }, 'IRC_TLS_FINGERPRINT'],
    [{ IRC_URL: 'irc://localhost', IRC_TLS_FINGERPRINT: 'ab'.repeat(32) }, 'IRC_TLS_FINGERPRINT'],
  ])('refuse %j with one line that names the setting but no secret', (env, named) => {
    const failure = catchError(() => readSettings(env))
    expect(failure).toBeInstanceOf(ConfigError)
    expect(failure?.message).toContain(named)
    expect(failure?.message).not.toMatch(/secret|\n/)
  })
})

function catchError(run: () => unknown): Error | undefined {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  return undefined
}
