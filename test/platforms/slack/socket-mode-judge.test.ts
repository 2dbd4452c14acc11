import { LogLevel, SocketModeClient } from '@slack/socket-mode'
import { describe, expect, it } from 'vitest'
import { enveloped, eventBody, pressForm, slashForm, startSlack } from '../../fixtures/slack.js'
import { appToken } from '../../fixtures/slack-sockets.js'

interface Delivered {
  readonly type: string
  readonly body: { readonly command?: string }
  readonly retry_num?: number
  ack(answer?: Readonly<Record<string, unknown>>): Promise<void>
}

/** For what must be acknowledged, however busy the machine is. */
const patientMs = 60_000

describe('what stands in for Socket Mode', () => {
  it("is taken for Slack by Slack's own client", async () => {
    const far = await startSlack()
    const client = new SocketModeClient({
      appToken,
      logLevel: LogLevel.ERROR,
      clientPingTimeout: 200, // after which it connects again
      clientOptions: { slackApiUrl: far.apiUrl },
    })
    const got: Delivered[] = []
    let leave = 1
    client.on('slack_event', async (delivered: Delivered) => {
      got.push(delivered)
      if (delivered.type === 'events_api' && leave-- > 0) {
        far.sockets.ackMs = patientMs // what is sent next is acknowledged
        return
      }
      await delivered.ack(delivered.type === 'slash_commands' ? { text: 'pong' } : undefined)
    })
    try {
      await client.start()
      const { sockets } = far
      sockets.ackMs = patientMs
      expect(await sockets.deliver('slash_commands', enveloped(slashForm('/ping')))).toMatchObject({
        payload: { text: 'pong' },
      })
      expect(far.messages.at(-1)).toMatchObject({ via: 'ack', onlyFor: 'U0001', body: { text: 'pong' } })
      await sockets.deliver('interactive', enveloped(pressForm('/ping')))
      sockets.ackMs = 1_000
      await sockets.deliver('events_api', enveloped(eventBody({ type: 'message', text: '!ping' })))
      expect(got.map(({ type, retry_num }) => [type, retry_num])).toEqual([
        ['slash_commands', undefined],
        ['interactive', undefined],
        ['events_api', 0],
        ['events_api', 1],
      ])
      sockets.disconnect('refresh_requested')
      await expect.poll(sockets.opened, { timeout: 10_000 }).toBe(2)
      await expect.poll(sockets.open).toBe(1)
      expect(await sockets.deliver('slash_commands', enveloped(slashForm('/ping')))).toMatchObject({ ended: 'acked' })
    } finally {
      await client.disconnect()
      await far.close()
    }
  })
})
