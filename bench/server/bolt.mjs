// Slack's own framework. https://docs.slack.dev/tools/bolt-js
import bolt from '@slack/bolt'
import { answerOf, signingSecret } from '../agreed-values.mjs'
import { commandCount, inAck, port, ready, sinkUrl } from './bench-ipc.mjs'
import { parse } from './parse-line.mjs'

const receiver = new bolt.HTTPReceiver({ signingSecret, endpoints: '/slack/commands', logLevel: bolt.LogLevel.ERROR })
const app = new bolt.App({
  receiver,
  token: 'xoxb-1-bench',
  botId: 'B9',
  botUserId: 'U9',
  clientOptions: { slackApiUrl: `${sinkUrl}/api/` },
  logLevel: bolt.LogLevel.ERROR,
})
for (let index = 0; index < commandCount; index++) {
  app.command(`/c${index}`, async ({ ack, command, respond }) => {
    const answer = { response_type: 'in_channel', text: answerOf(`c${index}`, parse(command.text)) }
    if (inAck) return await ack(answer)
    await ack()
    await respond(answer)
  })
}
const server = await app.start({ port, host: '127.0.0.1' })
ready(server.address().port)
