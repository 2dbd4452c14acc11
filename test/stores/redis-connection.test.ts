import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/model/errors.js'
import { readRedisUrl } from '../../src/stores/redis-connection.js'

describe('STORE_URL for Redis', () => {
  it('names one server', () => {
    expect(readRedisUrl('redis://localhost')).toEqual({
      kind: 'single',
      tls: false,
      hosts: [{ host: 'localhost', port: 6379 }],
      db: 0,
    })
    expect(readRedisUrl('rediss://bot:p%40ss:word@[::1]:7000/3')).toEqual({
      kind: 'single',
      tls: true,
      hosts: [{ host: '::1', port: 7000 }],
      username: 'bot',
      password: 'p@ss:word',
      db: 3,
    })
    expect(readRedisUrl('redis://:secret@redis').password).toBe('secret')
  })

  it('names sentinels and their master', () => {
    expect(readRedisUrl('redis+sentinel://a,b:1000/mymaster/2?sentinelPassword=x')).toEqual({
      kind: 'sentinel',
      tls: false,
      hosts: [
        { host: 'a', port: 26379 },
        { host: 'b', port: 1000 },
      ],
      master: 'mymaster',
      sentinelPassword: 'x',
      db: 2,
    })
  })

  it('names nodes of a cluster', () => {
    expect(readRedisUrl('rediss+cluster://a:1,b:2')).toMatchObject({
      kind: 'cluster',
      tls: true,
      hosts: [{ port: 1 }, { port: 2 }],
    })
  })

  it('is refused by name when it is wrong, without the password', () => {
    for (const bad of [
      'redis://',
      'redis://u:hunter2@',
      'redis://u:hunter2@h:99999',
      'redis://u:hunter2@h/x',
      'redis://u:hunter2@a,b',
      'redis://u:hunter2%@h',
      'redis+sentinel://u:hunter2@h',
      'redis+cluster://u:hunter2@h/1',
      'http://u:hunter2@h',
    ]) {
      expect(() => readRedisUrl(bad)).toThrow(ConfigError)
      expect(() => readRedisUrl(bad)).toThrow(/^STORE_URL /)
      expect(() => readRedisUrl(bad)).not.toThrow(/hunter2/)
    }
  })
})
