import { describe, it } from 'vitest'
import type { WebhookRequest } from '../../../src/platforms/platform.js'
import { platformContract } from '../../../src/testing/platform-contract.js'
import { called, seen, startTeams, type TokenChanges } from '../../fixtures/teams.js'
import { startTeamsBot, toRequest } from './bot.js'

describe('Microsoft Teams', () => {
  platformContract({ describe, it }, async () => {
    const server = await startTeams()
    const bot = startTeamsBot(server)
    const typed = (text: string, message?: string) => {
      const id = message === undefined ? {} : { id: `of ${message}`.replace(' ', '-') }
      return server.activity({ text: called(text), conversation: { ...thread }, ...id })
    }
    const thread = { id: '19:general@thread.tacv2;messageid=1', conversationType: 'channel', tenantId: server.tenantId }
    const tokens = {
      own: await tokenOf({}),
      forged: await tokenOf({ key: 'foreign' }),
      stale: await tokenOf({ startsIn: -4_000, expiresIn: -301 }),
      future: await tokenOf({ startsIn: 302 }),
    }

    async function tokenOf(changes: TokenChanges): Promise<string> {
      return (await server.sign({}, changes)).headers['authorization'] ?? ''
    }

    function requestOf(activity: unknown, token?: string): WebhookRequest {
      const headers = { 'content-type': 'application/json', ...(token ? { authorization: token } : {}) }
      return toRequest({ body: JSON.stringify(activity), headers })
    }

    return {
      platform: bot.platform,
      genuine: (text, message) => requestOf(typed(text, message), tokens.own),
      forged: (text) => requestOf(typed(text), tokens.forged),
      unsigned: (text) => requestOf(typed(text)),
      stale: (text) => requestOf(typed(text), tokens.stale),
      future: (text) => requestOf(typed(text), tokens.future),
      foreign: (text) => {
        const conversation = { ...thread, tenantId: '99999999-8888-4777-8666-000000000000' }
        return requestOf({ ...typed(text), conversation }, tokens.own)
      },
      ignored: () =>
        [
          { type: 'conversationUpdate', membersAdded: [{ id: '29:somebody' }], text: undefined },
          { type: 'installationUpdate', action: 'add', text: undefined },
          { type: 'messageUpdate' },
          { type: 'messageReaction', text: undefined },
          { type: 'typing', text: undefined },
          { type: 'invoke', name: 'composeExtension/query', text: undefined },
          { text: 'talk among people', entities: [] },
          { text: '<at>Slashroom</at>' },
          { from: { id: '28:another-bot', name: 'Bot' } },
          { type: 'of a later year' },
        ].map((changed) => requestOf(server.activity(changed), tokens.own)),
      answerNext: (status, headers = {}) => server.instead(/activities/, { status, headers }),
      cutNext: () => server.instead(/activities/, { status: 0, cut: true }),
      disconnect: server.close,
      expire: server.revokeTokens,
      shown: () => server.messages.map(seen),
      async close() {
        await bot.close()
        await server.close()
      },
    }
  })
})
