import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { freePort } from '../../fixtures/free-port.js'
import { startProsody } from '../../fixtures/prosody.js'
import { type RedisServer, startRedis } from '../../fixtures/redis.js'
import { build } from '../../fixtures/slashroom.js'
import { enterXmpp, type XmppPerson } from '../../fixtures/xmpp-person.js'
import { accounts, type XmppServer } from '../../fixtures/xmpp-server.js'
import { type BotProcess, startBot } from '../chaos/bot-process.js'

describe('processes that share a store', () => {
  let server: XmppServer
  let redis: RedisServer
  let ann: XmppPerson
  let ops: string
  let dir: string
  const bots: BotProcess[] = []
  beforeAll(build)
  beforeEach(async () => {
    ;[server, redis, dir] = await Promise.all([
      startProsody(),
      startRedis(),
      mkdtemp(join(tmpdir(), 'slashroom-xmpp-')),
    ])
    ops = `ops@${server.rooms}`
    ann = await enterXmpp(server, 'ann', accounts.ann)
    await ann.join(ops, 'ann')
    await ann.ask(
      'set',
      ops,
      `<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>`,
    )
  })
  afterEach(async () => {
    ann?.close()
    await Promise.all(bots.splice(0).map((bot) => bot.kill()))
    await Promise.all([server.stop(), redis.stop()])
    await rm(dir, { recursive: true, force: true })
  })

  /** Resolves when it is ready: in the room, or leaving that to the other process. */
  async function start(name: string): Promise<BotProcess & { readonly port: number }> {
    const port = await freePort()
    const bot = await startBot(
      {
        PORT: String(port),
        HOST: '127.0.0.1',
        STORE_URL: redis.url,
        SECRET_KEY: '00'.repeat(32),
        COMMANDS_DIR: fileURLToPath(new URL('../../fixtures/xmpp-commands', import.meta.url)),
        XMPP_JID: `bot@${server.domain}`,
        XMPP_PASSWORD: accounts.bot,
        XMPP_SERVICE: server.service,
        XMPP_ROOMS: ops,
      },
      join(dir, name),
    )
    bots.push(bot)
    return { ...bot, port }
  }

  const connected = async ({ port }: { readonly port: number }) =>
    /slashroom_connected\{platform="xmpp"\} 1/.test(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text())
  const answers = (text: string) => ann.said().filter((line) => line === `bot: ${text}`).length
  /** How often the bot joined and left, as seen in the room. */
  const inRoom = () => {
    const own = ann.stanzas.filter(({ name, nick }) => name === 'presence' && nick === 'bot')
    return own.at(-1)?.type === 'unavailable' ? 0 : 1
  }

  async function echo(word: string): Promise<void> {
    ann.say(ops, `/echo ${word}`)
    await expect.poll(() => answers(word)).toBe(1)
  }

  it('have one of them in the room, and the other within ten seconds of its death', async () => {
    const one = await start('one')
    const other = await start('other')
    expect([await connected(one), await connected(other)]).toEqual([true, false])
    await echo('first')
    await one.kill()
    const began = performance.now()
    await expect.poll(() => connected(other), { interval: 100 }).toBe(true)
    expect(performance.now() - began).toBeLessThan(10_000)
    await echo('second')
    expect([answers('first'), answers('second')]).toEqual([1, 1])
  })

  it('are not both in the room: one that was paused leaves as soon as it wakes', async () => {
    const one = await start('one')
    const other = await start('other')
    const [serving = one.pid] = one.workers()
    process.kill(serving, 'SIGSTOP')
    await expect.poll(() => connected(other)).toBe(true)
    for (let n = 0; n < 5; n++) ann.say(ops, `/echo while paused ${n}`)
    process.kill(serving, 'SIGCONT')
    await expect.poll(() => connected(one)).toBe(false)
    for (let n = 0; n < 5; n++) await expect.poll(() => answers(`while paused ${n}`)).toBe(1)
    await echo('after')
    await sleep(2_000)
    expect(Array.from({ length: 5 }, (_, n) => answers(`while paused ${n}`))).toEqual([1, 1, 1, 1, 1])
    expect([await connected(one), await connected(other), inRoom()]).toEqual([false, true, 1])
  })

  it('deliver replies of the process outside the room once, even through the next holder', async () => {
    const one = await start('one')
    const other = await start('other')
    const token = await makeToken()
    const post = async (text: string) => {
      const { status } = await fetch(`http://127.0.0.1:${other.port}/notify/ops`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'text/plain' },
        body: text,
      })
      expect(status).toBe(202)
    }
    await post('from outside')
    await expect.poll(() => answers('from outside')).toBe(1)
    await Promise.all(Array.from({ length: 10 }, (_, n) => post(`news ${n}`)))
    await one.stop()
    await post('late news')
    for (let n = 0; n < 10; n++) await expect.poll(() => answers(`news ${n}`)).toBe(1)
    await expect.poll(() => answers('late news')).toBe(1)
    await sleep(1_000)
    expect(Array.from({ length: 10 }, (_, n) => answers(`news ${n}`))).toEqual(new Array(10).fill(1))
    expect(await readFile(join(dir, 'other'), 'utf8')).not.toContain(accounts.bot)
  })

  async function makeToken(): Promise<string> {
    const { runProgram, slashroom } = await import('../../fixtures/slashroom.js')
    const { out, err } = await runProgram(
      process.execPath,
      [slashroom, 'token', 'create', '--name', 'ci', '--all-rooms', '--json'],
      {
        env: {
          STORE_URL: redis.url,
          SECRET_KEY: '00'.repeat(32),
          XMPP_JID: `bot@${server.domain}`,
          XMPP_PASSWORD: accounts.bot,
          XMPP_ROOMS: ops,
        },
      },
    )
    const token = /"token":\s*"([^"]+)"/.exec(out)?.[1]
    if (!token) throw new Error(`no token: ${out} ${err}`)
    return token
  }
})
