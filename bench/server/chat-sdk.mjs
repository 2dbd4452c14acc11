// Vercel's chat with its Slack adapter, behind node:http. https://chat-sdk.dev
import { createServer } from 'node:http'
import { createSlackAdapter } from '@chat-adapter/slack'
import { createMemoryState } from '@chat-adapter/state-memory'
import { Chat } from 'chat'
import { answerOf, signingSecret } from '../agreed-values.mjs'
import { commandCount, port, ready, sinkUrl } from './bench-ipc.mjs'
import { parse } from './parse-line.mjs'

const slack = createSlackAdapter({
  signingSecret,
  botToken: 'xoxb-1-bench',
  botUserId: 'U9',
  apiUrl: `${sinkUrl}/api/`,
})
const chat = new Chat({ userName: 'bench', adapters: { slack }, state: createMemoryState(), logger: 'warn' })
for (let index = 0; index < commandCount; index++) {
  chat.onSlashCommand(`/c${index}`, async ({ channel, text }) => {
    await channel.post(answerOf(`c${index}`, parse(text)))
  })
}
await chat.initialize?.()

const server = createServer(async (incoming, outgoing) => {
  const chunks = []
  for await (const chunk of incoming) chunks.push(chunk)
  const { method, url, headers } = incoming
  const request = new Request(`http://bot${url}`, { method, headers, body: Buffer.concat(chunks) })
  const response = await chat.webhooks.slack(request, { waitUntil: (task) => void task.catch(console.error) })
  outgoing
    .writeHead(response.status, Object.fromEntries(response.headers))
    .end(Buffer.from(await response.arrayBuffer()))
})
server.listen(port, '127.0.0.1', () => ready(server.address().port))
