import { describe, expect, it } from 'vitest'
import { readSettings } from '../../../src/platforms/slack/settings.js'

describe('the settings of Slack', () => {
  const read = (env: Record<string, string>) => () => readSettings(env)

  it('leave it off where none is given', () => {
    expect(readSettings({})).toBeUndefined()
    expect(readSettings({ SLACK_SIGNING_SECRET: ' ', SLACK_API_URL: 'https://x' })).toBeUndefined()
  })

  it('name what is missing', () => {
    const cases: readonly (readonly [Record<string, string>, string])[] = [
      [{ SLACK_BOT_TOKEN: 'xoxb-1' }, 'SLACK_SIGNING_SECRET'],
      [{ SLACK_CLIENT_ID: '1' }, 'SLACK_SIGNING_SECRET'],
      [{ SLACK_CLIENT_SECRET: '1' }, 'SLACK_SIGNING_SECRET'],
      [{ SLACK_SIGNING_SECRET: 's' }, 'SLACK_BOT_TOKEN'],
      [{ SLACK_SIGNING_SECRET: 's', SLACK_CLIENT_ID: '1' }, 'SLACK_CLIENT_SECRET'],
      [{ SLACK_SIGNING_SECRET: 's', SLACK_CLIENT_SECRET: '1' }, 'SLACK_CLIENT_ID'],
      [
        { SLACK_SIGNING_SECRET: 's', SLACK_BOT_TOKEN: 'xoxb-1', SLACK_CLIENT_ID: '1', SLACK_CLIENT_SECRET: '2' },
        'SLACK_CLIENT_ID',
      ],
      [{ SLACK_SIGNING_SECRET: 's', SLACK_BOT_TOKEN: 'xoxp-1' }, 'SLACK_BOT_TOKEN'],
      [{ SLACK_SIGNING_SECRET: 's', SLACK_BOT_TOKEN: 'xoxb-1', SLACK_API_URL: 'slack' }, 'SLACK_API_URL'],
      [{ SLACK_SIGNING_SECRET: 's', SLACK_BOT_TOKEN: 'xoxb-1', SLACK_API_URL: 'ftp://slack' }, 'SLACK_API_URL'],
    ]
    for (const [env, named] of cases) expect(read(env)).toThrow(new RegExp(`^${named} |${named}`))
    for (const [env] of cases) expect(read(env)).toThrow(expect.objectContaining({ code: 'config' }))
  })

  it('show no secret', () => {
    expect(read({ SLACK_SIGNING_SECRET: 'hush', SLACK_BOT_TOKEN: 'xoxp-hush' })).toThrow(/^(?!.*hush)/)
  })

  it('let only a host that the operator named be private', () => {
    const env = { SLACK_SIGNING_SECRET: 's', SLACK_BOT_TOKEN: 'xoxb-1' }
    expect(readSettings(env)).toMatchObject({ apiUrl: 'https://slack.com/api/' })
    expect(readSettings(env)?.named(new URL('https://slack.com/api/'))).toBe(false)
    const proxied = readSettings({ ...env, SLACK_API_URL: 'http://127.0.0.1:9/api' })
    expect(proxied?.apiUrl).toBe('http://127.0.0.1:9/api/')
    expect(proxied?.named(new URL('http://127.0.0.1:10/commands'))).toBe(true)
    expect(proxied?.named(new URL('http://localhost:10/commands'))).toBe(true)
    expect(proxied?.named(new URL('http://10.0.0.1:9/api/'))).toBe(false)
    const other = readSettings({ ...env, SLACK_API_URL: 'http://10.0.0.1/api' })
    expect(other?.named(new URL('http://localhost/commands'))).toBe(false)
  })

  it('find the methods below an address that says nothing of the path they stand under', async () => {
    const env = { SLACK_SIGNING_SECRET: 's', SLACK_BOT_TOKEN: 'xoxb-1' }
    const find = async (address: string, answers: Record<string, [number, string]>) => {
      const asked: string[] = []
      const settings = readSettings({ ...env, SLACK_API_URL: address })
      const call = async (root: string) => {
        asked.push(root)
        const [status, body] = answers[root] ?? [404, 'not found']
        return { status, headers: {}, body: Buffer.from(body) }
      }
      await settings?.atApi(call)
      await settings?.atApi(call)
      return asked
    }
    const fine: [number, string] = [200, '{"ok":true}']
    expect(await find('http://a', { 'http://a/': fine })).toEqual(['http://a/', 'http://a/'])
    expect(await find('http://a/', { 'http://a/api/': fine })).toEqual(['http://a/', 'http://a/api/', 'http://a/api/'])
    const unknown: [number, string] = [200, '{"ok":false,"error":"unknown_method"}']
    expect(await find('http://a', { 'http://a/': unknown, 'http://a/api/': fine })).toHaveLength(3)
    expect(await find('http://a/proxy', {})).toEqual(['http://a/proxy/', 'http://a/proxy/'])
  })
})
