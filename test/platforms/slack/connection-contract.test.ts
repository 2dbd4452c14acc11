import { describe, expect, it } from 'vitest'
import { slack } from '../../../src/platforms/slack/index.js'
import { connectionContract, createPlatformDeps } from '../../../src/testing/platform-contract.js'
import { botToken, enveloped, eventBody, pressForm, seen, slashForm, startSlack } from '../../fixtures/slack.js'
import { appToken } from '../../fixtures/slack-sockets.js'

describe('Slack, in Socket Mode', () => {
  connectionContract({ describe, it }, async () => {
    const far = await startSlack()
    const deps = createPlatformDeps()
    const start = (token = appToken) => {
      const env = { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: token, SLACK_API_URL: far.apiUrl }
      return slack(env, deps) ?? expect.fail()
    }
    const wrongToken = 'xapp-1-A0001-1234-another'
    return {
      start,
      say(text, message) {
        const same = message === undefined ? {} : { trigger_id: message }
        const form = slashForm(text, { response_url: far.responseUrl(), ...same })
        void far.sockets.deliver('slash_commands', enveloped(form))
      },
      babble() {
        void far.sockets.deliver('events_api', enveloped(eventBody({ type: 'message', text: 'only talk' })))
        void far.sockets.deliver('interactive', enveloped(pressForm('/x', { type: 'shortcut' })))
        void far.sockets.deliver('of_another_kind' as 'interactive', {})
      },
      open: far.sockets.open,
      cut: () => far.sockets.cut({ all: true }),
      refusals: [
        { why: 'a wrong token', slow: true, secret: wrongToken, start: () => start(wrongToken) },
        {
          why: 'a service that is down',
          slow: false,
          start() {
            far.instead(/apps\.connections\.open/, { status: 503 })
            return start()
          },
        },
      ],
      shown: () => far.messages.map(seen),
      async close() {
        expect(far.sockets.faults).toEqual([])
        await deps.close()
        await far.close()
      },
    }
  })
})
