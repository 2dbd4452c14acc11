import { describe, expect, it } from 'vitest'
import { readAllowedHosts } from '../../../src/platforms/hipchat/installation/allowed-hosts.js'

const admits = (setting: string | undefined, address: string) => readAllowedHosts(setting).admit(address) !== undefined

describe('HIPCHAT_HOSTS', () => {
  it('is the Cloud where nothing is set: its subdomains, by https', () => {
    for (const setting of [undefined, '', ' ']) {
      expect(admits(setting, 'https://api.hipchat.com/v2/capabilities')).toBe(true)
      expect(admits(setting, 'https://a.b.hipchat.com/')).toBe(true)
      expect(admits(setting, 'https://API.HIPCHAT.COM:443/')).toBe(true)
    }
    const others = [
      'http://api.hipchat.com/',
      'https://hipchat.com/',
      'https://evilhipchat.com/',
      'https://api.hipchat.com.evil.example/',
      'https://api.hipchat.com:8443/',
      'https://api.hipchat.com@evil.example/',
      'https://evil.example/?api.hipchat.com',
      'https://evil.example#.hipchat.com',
      'https://api.hipchat.com./',
      'https://user@api.hipchat.com/',
      'https://127.0.0.1/',
    ]
    for (const address of others) expect([address, admits(undefined, address)]).toEqual([address, false])
  })

  it('allows http and any port only on this machine', () => {
    const setting = 'localhost, [::1],127.0.0.1:3001 , chat.example.com,other.example:8443'
    expect(admits(setting, 'http://localhost:9/')).toBe(true)
    expect(admits(setting, 'https://localhost/')).toBe(true)
    expect(admits(setting, 'http://[::1]:9/')).toBe(true)
    expect(admits(setting, 'http://[0:0::1]:9/')).toBe(true)
    expect(admits(setting, 'http://127.0.0.1:3001/')).toBe(true)
    expect(admits(setting, 'http://127.0.0.1:3002/')).toBe(false)
    expect(admits(setting, 'http://127.0.0.2:3001/')).toBe(false)
    expect(admits(setting, 'https://chat.example.com/')).toBe(true)
    expect(admits(setting, 'http://chat.example.com/')).toBe(false)
    expect(admits(setting, 'https://chat.example.com:8443/')).toBe(false)
    expect(admits(setting, 'https://other.example:8443/')).toBe(true)
    expect(admits(setting, 'https://other.example/')).toBe(false)
  })

  it('lets stand in a private network only what is named whole', () => {
    const { named } = readAllowedHosts('chat.corp.example,*.corp.example')
    expect(named(new URL('https://chat.corp.example/'))).toBe(true)
    expect(named(new URL('https://other.corp.example/'))).toBe(false)
  })

  it('refuses to start with what is no host, and names the setting', () => {
    const bad = ['*', 'https://chat.example.com', 'a b', '*.', 'chat.example.com/v2', 'x:y', 'a@b', '*.*.com']
    for (const setting of [...bad, 'chat..example.com', 'chat.example.com:65536', ', ,']) {
      expect(() => readAllowedHosts(setting), setting).toThrow(/^HIPCHAT_HOSTS/)
    }
  })
})
