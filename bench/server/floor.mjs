// The floor: node:http alone, doing what cannot be left out.
import { Agent, createServer, request } from 'node:http'
import { answerOf, secretOf, signingSecret } from '../agreed-values.mjs'
import { commandCount, port, ready, sinkUrl } from './bench-ipc.mjs'
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
    response.writeHead(take(incoming.headers, Buffer.concat(chunks))).end()
  })
})
server.listen(port, '127.0.0.1', () => ready(server.address().port))

function takeHipChat(headers, body) {
  const claims = readToken(headers.authorization, secretOf)
  if (!claims) return 401
  const { item } = JSON.parse(body)
  if (String(item.room.id) !== String(claims.context.room_id)) return 401
  const text = run(item.message.message)
  if (text === undefined) return 204
  post(`${sinkUrl}/v2/room/${item.room.id}/notification`, {
    message: text,
    message_format: 'text',
    color: 'gray',
    notify: false,
    attach_to: item.message.id,
  })
  return 204
}

function takeSlack(headers, body) {
  if (!isFromSlack(headers, body, signingSecret)) return 401
  const form = new URLSearchParams(body.toString())
  const text = run(`${form.get('command')} ${form.get('text')}`)
  if (text !== undefined) post(form.get('response_url'), { response_type: 'in_channel', text })
  return 200
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
