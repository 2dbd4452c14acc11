import { describe, expect, it } from 'vitest'
import { readSettings } from '../../../src/platforms/discord/settings.js'

const env = {
  DISCORD_PUBLIC_KEY: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  DISCORD_APPLICATION_ID: '7',
}

describe('the settings of Discord', () => {
  it('find the API below an address that leaves out its version, or all of its path', async () => {
    const find = async (address: string, answers: Record<string, [number, string]>) => {
      const asked: string[] = []
      const settings = readSettings({ ...env, DISCORD_API_URL: address })
      const call = async (root: string) => {
        asked.push(root)
        const [status, body] = answers[root] ?? [404, '{"message":"404: Not Found","code":0}']
        return { status, headers: {}, body: Buffer.from(body) }
      }
      await settings?.atApi(call)
      await settings?.atApi(call)
      return asked
    }
    const fine: [number, string] = [200, '{}']
    expect(await find('http://a/v10/', { 'http://a/v10': fine })).toEqual(['http://a/v10', 'http://a/v10'])
    expect(await find('http://a', { 'http://a': fine })).toEqual(['http://a', 'http://a'])
    expect(await find('http://a/', { 'http://a/v10': fine })).toEqual(['http://a', 'http://a/v10', 'http://a/v10'])
    expect((await find('http://a', { 'http://a/api/v10': fine })).at(-1)).toBe('http://a/api/v10')
    expect(await find('http://a/api', { 'http://a/api/v10': fine })).toEqual(['http://a/api/v10', 'http://a/api/v10'])
    // What the API does not know is not somewhere else.
    const unknown: [number, string] = [404, '{"message":"Unknown Webhook","code":10015}']
    expect(await find('http://a', { 'http://a': unknown })).toEqual(['http://a', 'http://a'])
  })
})
