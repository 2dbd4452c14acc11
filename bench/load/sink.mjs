// The chat service's end: accepts notifications and tells which request each of them answers.
import { serve } from './http.mjs'

/**
 * Starts the service; `onAnswer` gets the number in a notification, `onReached` the one of its response_url. Clients that open a
 * connection are sent to `socketUrl`.
 */
export async function startSink(onAnswer, onReached, socketUrl) {
  let held
  let count = 0
  const port = await serve(({ head, body }) => {
    const [method, path] = head.slice(0, head.indexOf('\r\n')).split(' ')
    if (method === 'POST' && delivery.test(path)) {
      const number = numberIn(body)
      if (held) return held.promise.then(() => shown(number, path))
      return shown(number, path)
    }
    return routine({ method, path, head, body, port, socketUrl })
  })

  function shown(number, path) {
    count++
    if (number !== undefined) onAnswer(number)
    if (path.startsWith('/slack/')) onReached(Number(path.slice(path.lastIndexOf('/') + 1)))
    return path.startsWith('/v2/') ? noContent : path.startsWith('/api/') ? posted : fine
  }

  return {
    port,
    /** How many notifications have arrived. */
    count: () => count,
    /** Blocks everything until `release`. */
    hold() {
      let release
      const promise = new Promise((resolve) => {
        release = resolve
      })
      held = { promise, release }
    },
    release() {
      held?.release()
      held = undefined
    },
  }
}

/** The number of the request that a message answers. */
export function numberIn(body) {
  const [, number] = /(?:#|%23)(\d+)/.exec(body) ?? []
  return number === undefined ? undefined : Number(number)
}

const delivery = /^\/(v2\/room\/[^/]+\/notification|slack\/response\/|api\/chat\.postMessage)/

function routine({ method, path, head, body, port, socketUrl }) {
  const url = `http://127.0.0.1:${port}`
  if (path === '/v2/capabilities') {
    return json({
      links: { self: `${url}/v2/capabilities`, api: `${url}/v2` },
      capabilities: {
        hipchatApiProvider: { url: `${url}/v2/` },
        oauth2Provider: { tokenUrl: `${url}/v2/oauth/token` },
      },
    })
  }
  if (path === '/v2/oauth/token') {
    const scope = 'send_notification admin_room'
    return json({ access_token: 'token', expires_in: 86_400, scope, group_id: groupOf(head), group_name: 'Bench' })
  }
  if (path === '/api/apps.connections.open') return json({ ok: true, url: socketUrl })
  if (path.startsWith('/api/conversations.info')) {
    const [, id = ''] = /channel=(\w+)/.exec(`${path}&${body}`) ?? []
    return json({ ok: true, channel: { id, name: id.toLowerCase() } })
  }
  if (path.startsWith('/api/')) {
    return json({
      ok: true,
      url,
      team: 'Bench',
      team_id: 'T1',
      user: 'bot',
      user_id: 'U9',
      bot_id: 'B9',
      bot_user_id: 'U9',
    })
  }
  return method === 'PUT' ? json({ links: {} }, '201 Created') : noContent
}

/** Each installation belongs to its own group. */
function groupOf(head) {
  const [, given = ''] = /\r\nauthorization: *Basic (\S+)/i.exec(head) ?? []
  return 1 + Number(/\d+/.exec(Buffer.from(given, 'base64').toString())?.[0] ?? 0)
}

function json(value, status = '200 OK') {
  return bytes(status, 'application/json', JSON.stringify(value))
}

function bytes(status, type, body) {
  return `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`
}

const noContent = 'HTTP/1.1 204 No Content\r\n\r\n'
const fine = bytes('200 OK', 'text/plain', 'ok')
const posted = json({ ok: true, channel: 'C1', ts: '1700000000.000100' })
