import { describe, it } from 'vitest'
import { platformContract } from '../../../src/testing/platform-contract.js'
import { eventBody, pressForm, seen, signed, slashForm, startSlack } from '../../fixtures/slack.js'
import { startSlackBot } from './bot.js'

describe('Slack', () => {
  platformContract({ describe, it }, async () => {
    const far = await startSlack()
    const bot = await startSlackBot(far)
    const now = Math.floor(Date.now() / 1_000)
    const form = (text: string, message?: string) =>
      slashForm(text, { response_url: far.responseUrl(), ...(message ? { trigger_id: message } : {}) })
    const say = (text: string, message?: string) => signed('/commands', form(text, message))
    return {
      platform: bot.platform,
      genuine: say,
      forged: (text) => signed('/commands', form(text), { secret: 'another' }),
      unsigned: (text) => ({ ...say(text), headers: {} }),
      stale: (text) => signed('/commands', form(text), { at: now - 301 }),
      future: (text) => signed('/commands', form(text), { at: now + 302 }),
      // The signature covers the body; what can be foreign is a workspace that does not have us.
      foreign: (text) => signed('/commands', slashForm(text, { team_id: 'T0002' })),
      ignored: () => [
        signed('/events', eventBody({ type: 'message', text: 'hello' })),
        signed('/events', eventBody({ type: 'message', text: '!ping', bot_id: 'B1' })),
        signed('/events', eventBody({ type: 'message', text: '!ping', subtype: 'message_changed' })),
        signed('/interactivity', pressForm('no command')),
        signed('/interactivity', pressForm('/ping', { type: 'view_submission' })),
      ],
      acknowledge: ({ body }, request) => far.acked(request.body.toString(), body),
      answerNext(status, headers = {}) {
        far.asUsual()
        // A refusal for good by every way that there is.
        far.instead(/./, { status, headers }, status === 429 || status >= 500 ? 1 : 4)
      },
      cutNext: () => far.instead(/./, { cut: true }),
      disconnect: far.close,
      expire: () => far.instead(/^\/commands/, { status: 404, body: { ok: false, error: 'expired_url' } }),
      shown: () => far.messages.map(seen),
      async close() {
        await bot.close()
        await far.close()
      },
    }
  })
})
