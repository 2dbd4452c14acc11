import { describe, expect, it } from 'vitest'
import { readSettings } from '../../../src/platforms/mattermost/settings.js'
import { newId } from '../../fixtures/mattermost.js'

const token = newId()
const bot = { MATTERMOST_BOT_TOKEN: newId() }

describe('Mattermost’s settings', () => {
  it('switch it on by its address', () => {
    expect(readSettings({ ...bot, MATTERMOST_URL: ' ' })).toBeUndefined()
    expect(readSettings(bot)).toBeUndefined()
    expect(readSettings({ ...bot, MATTERMOST_URL: 'http://mattermost:8065/chat/' })).toEqual({
      url: 'http://mattermost:8065/chat',
      botToken: bot.MATTERMOST_BOT_TOKEN,
      commandTokens: [],
    })
  })

  it('take the tokens of commands, separated by commas', () => {
    const env = { MATTERMOST_URL: 'https://chat.example.com', MATTERMOST_COMMAND_TOKENS: `${token}, ${newId()},` }
    expect(readSettings(env)?.commandTokens).toHaveLength(2)
    const others = readSettings({ ...env, MATTERMOST_COMMAND_TOKENS: 'tok,s3cr3t:of+another/server=' })
    expect(others?.commandTokens).toEqual(['tok', 's3cr3t:of+another/server='])
  })

  it('refuse what would not work, with one line that names the setting and shows no token', () => {
    for (const [env, named] of [
      [{ MATTERMOST_URL: 'chat.example.com', ...bot }, /^MATTERMOST_URL /],
      [{ MATTERMOST_URL: 'ftp://chat.example.com', ...bot }, /^MATTERMOST_URL /],
      [{ MATTERMOST_URL: 'https://kim:secret@chat.example.com', ...bot }, /^MATTERMOST_URL /],
      [{ MATTERMOST_URL: 'https://chat.example.com' }, /MATTERMOST_BOT_TOKEN or MATTERMOST_COMMAND_TOKENS/],
      [{ MATTERMOST_URL: 'https://chat.example.com', MATTERMOST_BOT_TOKEN: 'secret token' }, /^MATTERMOST_BOT_TOKEN /],
      [
        { MATTERMOST_URL: 'https://x', MATTERMOST_COMMAND_TOKENS: `${token},se§ret` },
        /^MATTERMOST_COMMAND_TOKENS: .*2/,
      ],
    ] as const) {
      const refused = { code: 'config', message: expect.stringMatching(named) }
      expect(() => readSettings(env)).toThrow(expect.objectContaining(refused))
      expect(() => readSettings(env)).not.toThrow(/secret|se§ret|[a-z0-9]{26}/)
    }
  })
})
