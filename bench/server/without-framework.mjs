// The same stack put together by hand: koa, its router and body parser, jose, yargs-parser and undici; nothing is kept,
// nothing tried again, nothing said once only.
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto'
import Router from '@koa/router'
import { decodeJwt, jwtVerify } from 'jose'
import Koa from 'koa'
import bodyParser from 'koa-bodyparser'
import { Pool } from 'undici'
import parseArguments from 'yargs-parser'
import { secretOf, signingSecret } from '../agreed-values.mjs'
import { commandCount, port, ready, sinkUrl } from './bench-ipc.mjs'

const commands = new Map()
if (process.env.COMMANDS_DIR) {
  for (let index = 0; index < commandCount; index++) {
    const { default: command } = await import(`${process.env.COMMANDS_DIR}/c${index}.mjs`)
    commands.set(`c${index}`, prepare(command))
  }
}

const keys = new Map()
const pool = new Pool(sinkUrl, { connections: 64 })
const app = new Koa()
const router = new Router()

router.post('/hipchat/webhook', async (ctx) => {
  const token = /^JWT (.+)$/.exec(ctx.get('authorization'))?.[1]
  ctx.assert(token, 401)
  const { iss } = decodeJwt(token)
  const key = keys.get(iss) ?? createSecretKey(Buffer.from(secretOf(iss)))
  keys.set(iss, key)
  const verified = await jwtVerify(token, key, { algorithms: ['HS256'], clockTolerance: 60, maxTokenAge: 900 }).catch(
    () => undefined,
  )
  ctx.assert(verified, 401)
  const { item } = ctx.request.body
  ctx.assert(String(item.room.id) === String(verified.payload.context.room_id), 401)
  ctx.status = 204
  void answer(item.message.message, `/v2/room/${item.room.id}/notification`, (message) => ({
    message,
    message_format: 'text',
    color: 'gray',
    notify: false,
    attach_to: item.message.id,
  }))
})

router.post('/slack/commands', async (ctx) => {
  const time = ctx.get('x-slack-request-timestamp')
  const expected = `v0=${createHmac('sha256', signingSecret).update(`v0:${time}:${ctx.request.rawBody}`).digest('hex')}`
  const given = ctx.get('x-slack-signature')
  ctx.assert(Math.abs(Date.now() / 1_000 - Number(time)) < 300 && given.length === expected.length, 401)
  ctx.assert(timingSafeEqual(Buffer.from(given), Buffer.from(expected)), 401)
  const { command, text, response_url: url } = ctx.request.body
  ctx.status = 200
  ctx.body = ''
  void answer(`${command} ${text}`, new URL(url).pathname, (text) => ({ response_type: 'in_channel', text }))
})

app.use(bodyParser())
app.use(router.routes())
app.use(router.allowedMethods())
const server = app.listen(port, '127.0.0.1', () => ready(server.address().port))

async function answer(line, path, wrap) {
  const [name, ...words] = line.split(/\s+/)
  const command = commands.get(name.slice(1))
  if (!command) return
  const argv = parseArguments(words, command.settings)
  const text = await command.run({ options: { ...argv, service: argv._[0] }, invocation: {} })
  const { statusCode, body } = await pool.request({
    path,
    method: 'POST',
    headers: { authorization: 'Bearer token', 'content-type': 'application/json' },
    body: JSON.stringify(wrap(text)),
  })
  await body.dump()
  if (statusCode >= 300) console.error('not delivered', statusCode)
}

/** What of yargs-parser's settings can be made once. */
function prepare({ options, run }) {
  const named = Object.entries(options).filter(([, { positional }]) => !positional)
  const settings = {
    string: named.filter(([, { type }]) => type !== 'integer').map(([name]) => name),
    number: named.filter(([, { type }]) => type === 'integer').map(([name]) => name),
    alias: Object.fromEntries(named.map(([name, { alias }]) => [name, alias])),
    default: Object.fromEntries(named.filter(([, one]) => one.default).map(([name, one]) => [name, one.default])),
  }
  return { settings, run }
}
