// Signed webhooks with distinct identities, so that neither deduplication nor replay protection refuses any.
import { createHmac, randomBytes } from 'node:crypto'
import { firstRoom, people, roomOf, secretOf, signingSecret } from '../agreed-values.mjs'

/** One webhook or post as bytes. `number` comes back in the answer; a forged one is signed with another secret. */
export function prepare(given) {
  if (given.platform === 'notify') return notification(given)
  const { platform, number, commands, installations, uneven, inTurn, sinkPort, forged = false, at = Date.now() } = given
  const command = given.command ?? `/c${Math.floor(Math.random() * commands)}`
  const options = `web --env prod -n ${number}`
  const make = makers[platform]
  return make({ command, options, number, installations, uneven, inTurn, sinkPort, forged, at })
}

const makers = { hipchat, slack, 'slack-socket': slackSocket, xmpp }

function hipchat({ command, options, number, installations, uneven, inTurn, forged, at }) {
  const evenly = inTurn ? number % installations : Math.floor(Math.random() * installations)
  const iss = `installation-${uneven ? drawUnevenly(installations) : evenly}`
  const iat = Math.floor(at / 1_000)
  // Fifty rooms in total, or one for each installation.
  const roomId = firstRoom + (number % Math.max(1, Math.floor(50 / installations)))
  const sub = String(3_000_000 + (number % 500))
  const context = { room_id: roomId, user_tz: 'UTC' }
  const claims = { exp: iat + 900, iss, prn: sub, jti: randomBytes(10).toString('hex'), context, iat, sub }
  const signed = `${header}.${encode(JSON.stringify(claims))}`
  const secret = forged ? 'not the secret' : secretOf(iss)
  const token = `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
  const body = JSON.stringify({
    event: 'room_message',
    item: {
      message: {
        date: new Date(at).toISOString(),
        from: {
          id: Number(sub),
          links: { self: 'https://api.example.com/v2/user/1' },
          mention_name: 'kim',
          name: 'Kim Lee',
        },
        id: `${at}-${number}-${randomBytes(8).toString('hex')}`.slice(0, 36),
        mentions: [],
        message: `${command} ${options}`,
        type: 'message',
      },
      room: { id: roomId, is_archived: false, name: 'Ops', privacy: 'public', version: 'ABCDEFGH' },
    },
    oauth_client_id: iss,
    webhook_id: 6_071_216,
  })
  return post('/hipchat/webhook', 'application/json', { authorization: `JWT ${token}` }, body)
}

/** As in practice: the second is drawn about half as often as the first, the hundredth a hundredth as often (Zipf). */
function drawUnevenly(number) {
  return Math.min(Math.floor((number + 1) ** Math.random()), number) - 1
}

function slackFields({ command, options, number, sinkPort, at }) {
  return {
    token: 'gIkuvaNzQIHg97ATvDxqgjtO',
    team_id: 'T1',
    team_domain: 'bench',
    channel_id: `C${1_000 + (number % 50)}`,
    channel_name: 'ops',
    user_id: `U${1_000 + (number % 500)}`,
    user_name: 'kim',
    command,
    text: options,
    api_app_id: 'A1',
    is_enterprise_install: 'false',
    response_url: `http://127.0.0.1:${sinkPort}/slack/response/${at}/${number}`,
    trigger_id: `${at}.${number}.${randomBytes(8).toString('hex')}`,
  }
}

/** The same as a Socket Mode envelope. */
function slackSocket(given) {
  const id = `${given.at}-${given.number}`
  const payload = slackFields(given)
  return {
    id,
    text: JSON.stringify({ envelope_id: id, type: 'slash_commands', accepts_response_payload: true, payload }),
  }
}

/** What one of the people says in their room. */
function xmpp({ command, options, number, at }) {
  const person = number % people.length
  const body = `<body>!${command.slice(1)} ${options}</body>`
  return {
    person,
    text: `<message to='${roomOf(people[person])}' type='groupchat' id='${at}-${number}'>${body}</message>`,
  }
}

function slack({ forged, at, ...given }) {
  const body = new URLSearchParams(slackFields({ ...given, at })).toString()
  const time = String(Math.floor(at / 1_000))
  const secret = forged ? 'not the secret' : signingSecret
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')}`
  const headers = { 'x-slack-request-timestamp': time, 'x-slack-signature': signature }
  return post('/slack/commands', 'application/x-www-form-urlencoded', headers, body)
}

/** A sender's post: to one of fifty rooms, or to the given one. */
function notification({ number, token, room = `slack:C${1_000 + (number % 50)}` }) {
  const headers = { authorization: `Bearer ${token}` }
  return post(`/notify/${room}`, 'text/plain', headers, `Build ${number} passed on staging, #${number}`)
}

function post(path, type, headers, body) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = Buffer.byteLength(body)
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: bot.example.com\r\nuser-agent: bench\r\naccept: */*\r\ncontent-type: ${type}\r\n` +
      `content-length: ${length}\r\n${lines.join('')}\r\n${body}`,
  )
}

function encode(text) {
  return Buffer.from(text).toString('base64url')
}

const header = encode('{"alg": "HS256", "typ": "JWT"}')
