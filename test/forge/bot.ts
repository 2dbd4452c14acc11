import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { type Bot, createBot } from '../../src/bot.js'
import type { Logger } from '../../src/model/logger.js'
import { type Client, type HipChat, roomMessage, sign } from '../fixtures/hipchat.js'

/** A whole bot, and what forgers and servers do with it. */
export interface ForgedBot {
  readonly bot: Bot
  readonly port: number
  readonly url: string
  readonly dir: string
  /** Every line that was logged, with all that hangs on it. */
  readonly lines: string[]
  install(body: unknown): Promise<Response>
  /** Says `text` as the server of `client` would, and gives the status. */
  say(client: Client, text: string, token?: string, body?: string): Promise<number>
  /** What rode in the acknowledgements. */
  readonly acked: string[]
  stop(): Promise<void>
}

/** What a whole bot is started with. */
export interface ForgedSettings {
  readonly hosts: string
  readonly storeUrl?: string
  readonly files?: Readonly<Record<string, string>>
  /** Left out, each answer is seen where it is delivered: none rides in an acknowledgement. */
  readonly answerInAckMs?: number
}

/** Starts a bot on a free port, with `/ping` and the commands of `files`. */
export async function startForgedBot(settings: ForgedSettings): Promise<ForgedBot> {
  const { hosts, storeUrl = 'memory:', files = {}, answerInAckMs = 0 } = settings
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-forge-'))
  for (const [name, text] of Object.entries({ 'ping.js': ping, ...files })) writeFileSync(join(dir, name), text)
  const lines: string[] = []
  const acked: string[] = []
  const bot = createBot({
    env: { HIPCHAT_HOSTS: hosts, ANSWER_IN_ACK_MS: String(answerInAckMs) },
    port: 0,
    host: '127.0.0.1',
    storeUrl,
    commandsDir: dir,
    shutdownSeconds: 2,
    log: recordingLog(lines),
  })
  const { port } = await bot.start()
  const url = `http://127.0.0.1:${port}`
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })
  return {
    bot,
    port,
    url,
    dir,
    lines,
    acked,
    install: (body) => post('/hipchat/installation', JSON.stringify(body)),
    async say(client, text, token = sign(client), body = roomMessage(client, text)) {
      const answer = await post('/hipchat/webhook', body, { authorization: `JWT ${token}` })
      const said = await answer.text()
      if (answer.status === 200) acked.push(said)
      return answer.status
    },
    async stop() {
      await bot.stop()
      rmSync(dir, { recursive: true })
    },
  }
}

/** The genuine request as it stands on the wire. */
export function onTheWire(client: Client, text: string, token = sign(client)): string {
  const body = roomMessage(client, text)
  return [
    'POST /hipchat/webhook HTTP/1.1',
    'Host: bot.example',
    'Content-Type: application/json',
    `Authorization: JWT ${token}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n')
}

/** What the rooms of `server` were shown. */
export function shownBy(server: HipChat): readonly string[] {
  return server.notifications.map(({ body }) => String(body['message']))
}

/** Lets pass what would have happened by now. */
export function moment(ms = 150): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

const ping = `export default { summary: 'Answers', run: () => 'pong' }`

/** Writes down all levels, and of errors more than any real log would: stack, causes and members. */
export function recordingLog(lines: string[], bound: object = {}): Logger {
  const write = (facts: object, message?: string) =>
    void lines.push(
      `${message} ${inspect({ ...bound, ...facts }, { depth: 8, breakLength: Number.POSITIVE_INFINITY })}`,
    )
  return {
    debug: write,
    info: write,
    warn: write,
    error: write,
    child: (facts) => recordingLog(lines, { ...bound, ...facts }),
  }
}
