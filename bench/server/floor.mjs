// The floor: node:http alone, doing what cannot be left out.
import { Agent, createServer, request } from 'node:http'
import { answerOf, secretOf, signingSecret } from '../agreed-values.mjs'
import { commandCount, inAck, port, ready, sinkUrl } from './bench-ipc.mjs'
import { isFromSlack, readToken } from './verify-signatures.mjs'

const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const commands = new Map(
  Array.from({ length: commandCount }, (_, index) => [`c${index}`, (given) => answerOf(`c${index}`, given)]),
)

const server = createServer((incoming, response) => {
  const chunks = []
  incoming.on('data', (chunk) => chunks.push(chunk))
  incoming.on('end', () => {
    const take = incoming.url === '/hipchat/webhook' ? takeHipChat : takeSlack
    const { status, message } = take(incoming.headers, Buffer.concat(chunks))
    if (message === undefined) response.writeHead(status).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(message))
  })
})
server.listen(port, '127.0.0.1', () => ready(server.address().port))

function takeHipChat(headers, body) {
  const claims = readToken(headers.authorization, secretOf)
  if (!claims) return { status: 401 }
  const { item } = JSON.parse(body)
  if (String(item.room.id) !== String(claims.context.room_id)) return { status: 401 }
  const text = run(item.message.message)
  if (text === undefined) return { status: 204 }
  const message = {
    message: text,
    message_format: 'text',
    color: 'gray',
    notify: false,
    attach_to: item.message.id,
  }
  if (inAck) return { status: 200, message }
  post(`${sinkUrl}/v2/room/${item.room.id}/notification`, message)
  return { status: 204 }
}

function takeSlack(headers, body) {
  if (!isFromSlack(headers, body, signingSecret)) return { status: 401 }
  const form = new URLSearchParams(body.toString())
  const text = run(`${form.get('command')} ${form.get('text')}`)
  if (text === undefined) return { status: 200 }
  const message = { response_type: 'in_channel', text }
  if (inAck) return { status: 200, message }
  post(form.get('response_url'), message)
  return { status: 200 }
}

function run(line) {
  const [name, ...words] = line.split(/\s+/)
  const command = commands.get(name.slice(1))
  if (!command) return undefined
  const given = { service: undefined, env: 'staging', number: undefined }
  for (let at = 0; at < words.length; at++) {
    if (words[at] === '--env' || words[at] === '-e') given.env = words[++at]
    else if (words[at] === '--number' || words[at] === '-n') given.number = Number(words[++at])
    else given.service = words[at]
  }
  return command(given)
}

function post(url, message) {
  const body = JSON.stringify(message)
  const headers = {
    authorization: 'Bearer token',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  }
  const outgoing = request(url, { method: 'POST', agent, headers }, (response) => response.resume())
  outgoing.on('error', (error) => console.error(error.message))
  outgoing.end(body)
}
