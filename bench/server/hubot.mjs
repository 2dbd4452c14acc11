// Hubot: its robot, its listeners and its express server. It has no slash commands, so the adapter stands here.
import { Adapter, Robot, TextMessage, User } from 'hubot'
import { answerOf, signingSecret } from '../agreed-values.mjs'
import { commandCount, port, ready } from './bench-ipc.mjs'
import { parse } from './parse-line.mjs'
import { isFromSlack } from './verify-signatures.mjs'

process.env.EXPRESS_PORT = String(port)
process.env.EXPRESS_BIND_ADDRESS = '127.0.0.1'

class Slash extends Adapter {
  async send(envelope, ...texts) {
    for (const text of texts) {
      await fetch(envelope.message.responseUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ response_type: 'in_channel', text }),
      })
    }
  }
  async run() {
    this.emit('connected')
  }
}

const robot = new Robot({ name: 'slash', use: (it) => new Slash(it) }, true, 'bench')
await robot.loadAdapter()
for (let index = 0; index < commandCount; index++) {
  robot.hear(new RegExp(`^/c${index}(?: (.*))?$`), async (response) => {
    await response.send(answerOf(`c${index}`, parse(response.match[1])))
  })
}
await robot.run()
robot.router.post('/slack/commands', (request, response) => {
  // Its server keeps no raw body: written again, the form has the same bytes.
  const body = Buffer.from(new URLSearchParams(request.body).toString())
  if (!isFromSlack(request.headers, body, signingSecret)) return response.status(401).end()
  const { user_id, user_name, channel_id, command, text, response_url, trigger_id } = request.body
  const message = new TextMessage(
    new User(user_id, { name: user_name, room: channel_id }),
    `${command} ${text}`,
    trigger_id,
  )
  message.responseUrl = response_url
  response.status(200).end()
  void robot.receive(message)
})
ready(robot.server.address().port)
