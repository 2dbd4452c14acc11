import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/model/errors.js'
import { readSettings } from '../../../src/platforms/telegram/settings.js'

const botToken = '4839574812:AAFD39kkdpWt3ywyRZergyOLMaJhac60qcT'
const read = (env: Readonly<Record<string, string>>) => readSettings({ TELEGRAM_BOT_TOKEN: botToken, ...env })

describe('Telegram’s settings', () => {
  it('are off without a token', () => {
    expect(readSettings({})).toBeUndefined()
    expect(readSettings({ TELEGRAM_BOT_TOKEN: ' ', TELEGRAM_API_URL: 'https://x.example' })).toBeUndefined()
  })

  it('lead to the service itself, unless another address is named', () => {
    expect(read({})).toEqual({ botToken, botId: '4839574812', apiUrl: 'https://api.telegram.org' })
    for (const url of ['http://127.0.0.1:8081', 'http://127.0.0.1:8081/', ' http://127.0.0.1:8081/bot ']) {
      expect(read({ TELEGRAM_API_URL: url })?.apiUrl).toBe('http://127.0.0.1:8081')
    }
  })

  it.each([
    ['TELEGRAM_BOT_TOKEN', 'a b'],
    ['TELEGRAM_BOT_TOKEN', '../getMe'],
    ['TELEGRAM_SECRET_TOKEN', 'a b'],
    ['TELEGRAM_SECRET_TOKEN', 'x'.repeat(257)],
    ['TELEGRAM_API_URL', 'nowhere'],
    ['TELEGRAM_API_URL', 'https://x.example/?a=b'],
  ])('name %s where it is %j, and say nothing of what it was', (name, value) => {
    const fault = (() => {
      try {
        read({ [name]: value })
      } catch (error) {
        return error as ConfigError
      }
      return undefined
    })()
    expect(fault).toBeInstanceOf(ConfigError)
    expect(fault?.message).toContain(name)
    expect(fault?.message).not.toContain(value)
  })

  it('want the token where there is a secret', () => {
    expect(() => readSettings({ TELEGRAM_SECRET_TOKEN: 'x' })).toThrow(/TELEGRAM_BOT_TOKEN/)
  })
})
