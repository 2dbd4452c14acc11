// The parts of a HipChat server that one call needs.
import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

/** Starts it on a port of 127.0.0.1. */
export async function startHipChat() {
  const server = createServer(({ url: path }, response) => {
    const body = bodyOf(path, `http://${host}/v2`)
    if (!body) return response.writeHead(204).end()
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.keepAliveTimeout = 60_000 // so that the measured call reuses a connection
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const host = `127.0.0.1:${server.address().port}`
  return {
    host,
    async install(botUrl) {
      const capabilitiesUrl = `http://${host}/v2/capabilities`
      await post(`${botUrl}/hipchat/installation`, { ...client, groupId: 1, capabilitiesUrl })
    },
    /** Types a line; resolves with the webhook's answer. */
    async say(botUrl, line) {
      await post(`${botUrl}/hipchat/webhook`, roomMessage(line), { authorization: `JWT ${sign()}` })
    },
    close: () => server.close().closeAllConnections(),
  }
}

const client = { oauthId: randomUUID(), oauthSecret: randomUUID() }

/** The addresses that answer with more than 204. */
function bodyOf(path, base) {
  if (path === '/v2/capabilities') {
    const tokenUrl = `${base}/oauth/token`
    const capabilities = { hipchatApiProvider: { url: `${base}/` }, oauth2Provider: { tokenUrl } }
    return { links: { self: `${base}/capabilities`, api: base }, capabilities }
  }
  if (path === '/v2/oauth/token') {
    const scope = 'send_notification admin_room'
    return { access_token: 'token', expires_in: 3_600, scope, group_id: 1, group_name: 'Group' }
  }
}

async function post(url, body, headers = {}) {
  const json = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers: { ...json, ...headers }, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
}

function roomMessage(line) {
  const from = { id: 7, links: { self: 'https://chat.example.com/v2/user/7' }, mention_name: 'kim', name: 'Kim Lee' }
  const said = { date: new Date().toISOString(), from, id: randomUUID(), mentions: [], message: line, type: 'message' }
  const room = { id: 1, is_archived: false, name: 'Ops', privacy: 'public' }
  return { event: 'room_message', item: { message: said, room }, oauth_client_id: client.oauthId, webhook_id: 1 }
}

function sign() {
  const iat = Math.floor(Date.now() / 1_000)
  const who = { iss: client.oauthId, sub: '7', prn: '7', context: { room_id: 1 } }
  const signed = [
    { alg: 'HS256', typ: 'JWT' },
    { ...who, iat, exp: iat + 900, jti: randomUUID() },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${signed}.${createHmac('sha256', client.oauthSecret).update(signed).digest('base64url')}`
}
