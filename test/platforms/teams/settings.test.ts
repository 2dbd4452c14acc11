import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../../src/model/errors.js'
import { readSettings } from '../../../src/platforms/teams/settings.js'

const app = { TEAMS_APP_ID: '11111111-2222-4333-8444-555555555555', TEAMS_APP_PASSWORD: 'app~password' }
const read = (env: Record<string, string>, baseUrl = 'https://bot.example.com') => readSettings(env, baseUrl)

describe('the settings of Teams', () => {
  it('leave it off where none is given', () => {
    expect(read({})).toBeUndefined()
    expect(read({ TEAMS_APP_ID: ' ', TEAMS_ALLOW_UNSIGNED: 'no' })).toBeUndefined()
  })

  it('switch on an app, an Outgoing Webhook, or the playground', () => {
    expect(read(app)).toMatchObject({ app: { id: app.TEAMS_APP_ID, password: 'app~password' }, allowUnsigned: false })
    expect(read({ TEAMS_WEBHOOK_SECRET: Buffer.alloc(32).toString('base64') })).toMatchObject({ app: undefined })
    expect(read({ TEAMS_ALLOW_UNSIGNED: 'yes' }, 'http://localhost:3000')).toMatchObject({ allowUnsigned: true })
  })

  it.each<[string, Record<string, string>]>([
    ['TEAMS_APP_ID', { ...app, TEAMS_APP_ID: 'my-bot' }],
    ['TEAMS_APP_PASSWORD', { TEAMS_APP_ID: app.TEAMS_APP_ID }],
    ['TEAMS_APP_ID', { TEAMS_APP_PASSWORD: 'app~password' }],
    ['TEAMS_TENANT_ID', { ...app, TEAMS_TENANT_ID: 'contoso.onmicrosoft.com' }],
    ['TEAMS_OPENID_URL', { ...app, TEAMS_OPENID_URL: 'http://login.example.com/' }],
    ['TEAMS_OPENID_URL', { ...app, TEAMS_OPENID_URL: 'login' }],
    ['TEAMS_WEBHOOK_SECRET', { TEAMS_WEBHOOK_SECRET: 'short' }],
    ['TEAMS_WEBHOOK_SECRET', { TEAMS_WEBHOOK_SECRET: 'not base64, but long enough for it!' }],
    ['TEAMS_ALLOW_UNSIGNED', { TEAMS_ALLOW_UNSIGNED: 'perhaps' }],
    ['TEAMS_ALLOW_UNSIGNED', { ...app, TEAMS_ALLOW_UNSIGNED: 'yes' }],
  ])('name %s where it is bad, and show nothing of a secret', (name, env) => {
    const refusal = (() => {
      try {
        return read(env)
      } catch (error) {
        return error
      }
    })()
    expect(refusal).toBeInstanceOf(ConfigError)
    expect(String(refusal)).toContain(name)
    expect(String(refusal)).not.toMatch(/app~password|short|not base64/)
  })

  it('know the government’s cloud by where its keys are', () => {
    const TEAMS_OPENID_URL = 'https://login.botframework.azure.us/v1/.well-known/openidconfiguration'
    expect(read({ ...app, TEAMS_OPENID_URL })?.cloud).toMatchObject({
      issuer: 'https://api.botframework.us',
      loginUrl: 'https://login.microsoftonline.us',
    })
  })
})
