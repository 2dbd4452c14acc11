// The chat service at the other end: it takes notifications, and tells which request each of them answers.
import { serve } from './http.mjs'

/** Starts the service; `onAnswer` gets the number that a notification carries, `onReached` the one of its response_url. */
export async function startSink(onAnswer, onReached) {
  let held
  const port = await serve(({ head, body }) => {
    const [method, path] = head.slice(0, head.indexOf('\r\n')).split(' ')
    if (method === 'POST' && delivery.test(path)) {
      const number = /(?:#|%23)(\d+)/.exec(body)?.[1]
      if (held) return held.promise.then(() => shown(number, path))
      return shown(number, path)
    }
    return routine(method, path, head, port)
  })

  function shown(number, path) {
    if (number !== undefined) onAnswer(Number(number))
    if (path.startsWith('/slack/')) onReached(Number(path.slice(path.lastIndexOf('/') + 1)))
    return path.startsWith('/v2/') ? noContent : path.startsWith('/api/') ? posted : fine
  }

  return {
    port,
    /** Lets nothing through until `release`. */
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

const delivery = /^\/(v2\/room\/[^/]+\/notification|slack\/response\/|api\/chat\.postMessage)/

function routine(method, path, head, port) {
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

/** Each installation is a group's of its own. */
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
