import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { silentLogger } from '../../../src/model/logger.js'
import { createConnect, type Link } from '../../../src/platforms/irc/connect.js'
import { usualPatience } from '../../../src/platforms/irc/connection/session.js'
import { readSettings } from '../../../src/platforms/irc/settings.js'
import type { Accept } from '../../../src/platforms/platform.js'
import { createCertificates } from '../../../src/simulator/tls/certificates.js'

const welcome = [
  ':irc.test 001 bot :Welcome',
  ':irc.test 005 bot NETWORK=Test :are supported',
  ':irc.test 422 bot :No MOTD',
]
const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A server that answers each line by a script, and records the lines. */
async function serve(script: (line: string) => readonly string[] | undefined, given?: Server) {
  const heard: string[] = []
  const sockets: Socket[] = []
  const onSocket = (socket: Socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    let left = ''
    socket.on('data', (chunk: Buffer) => {
      const lines = (left + chunk).split('\r\n')
      left = lines.pop() ?? ''
      for (const line of lines) {
        heard.push(line)
        for (const answer of script(line) ?? []) socket.write(`${answer}\r\n`)
      }
    })
  }
  const server = given ?? createServer()
  server.on(given ? 'secureConnection' : 'connection', onSocket)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const { port } = server.address() as AddressInfo
  return { heard, sockets, url: `irc${given ? 's' : ''}://127.0.0.1:${port}` }
}

function open(
  env: Readonly<Record<string, string>>,
  patience: Partial<typeof usualPatience> = {},
  accept: Accept = () => Promise.resolve({ status: 200 }),
  isHeld?: () => boolean,
) {
  const settings = readSettings({ IRC_NICK: 'bot', ...env })
  if (!settings) throw new Error('off')
  const link: Link = {}
  const installation = { id: 'x', platform: 'irc', tenant: { id: 'x' }, details: {}, secrets: {} }
  const stop = new AbortController()
  const connect = createConnect({
    settings,
    installation,
    link,
    log: silentLogger,
    patience: { ...usualPatience, ...patience },
  })
  let stands = () => {}
  const connected = new Promise<void>((resolve) => {
    stands = resolve
  })
  const ended = connect(accept, stop.signal, stands, isHeld)
  ended.catch(() => undefined)
  closers.push(() => stop.abort())
  const standing = Promise.race([connected, ended.then(() => Promise.reject(new Error('it ended')))])
  standing.catch(() => undefined)
  return { ended, stop, link, connected: standing }
}

const failureOf = async (ended: Promise<void>) =>
  await ended.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a connection to IRC', () => {
  it('does not wait for an answer about capabilities, which old servers never send', async () => {
    const { url, heard } = await serve((line) => (line.startsWith('USER') ? welcome : undefined))
    await open({ IRC_URL: url }).connected
    expect(heard).toEqual(['CAP LS 302', 'NICK bot', 'USER bot 0 * Slashroom'])
  })

  it('requests the offered capabilities that it knows, and splits a long secret when it logs in', async () => {
    const { url, heard } = await serve((line) => {
      if (line === 'CAP LS 302')
        return [':s CAP * LS * :sasl=PLAIN,EXTERNAL draft/x', ':s CAP * LS :message-tags batch']
      if (line.startsWith('CAP REQ')) return [`:s CAP bot ACK ${line.slice(8)}`]
      if (line === 'AUTHENTICATE PLAIN') return ['AUTHENTICATE +']
      if (line.startsWith('AUTHENTICATE') && line.length < 400) return [':s 903 bot :in']
      return line === 'CAP END' ? welcome : undefined
    })
    const password = 'p'.repeat(500)
    await open({ IRC_URL: url, IRC_ACCOUNT: 'me', IRC_PASSWORD: password }).connected
    expect(heard).toContain('CAP REQ :message-tags batch sasl')
    expect(heard).toContain(`PASS me:${password}`)
    const parts = heard.filter((line) => /^AUTHENTICATE (?!PLAIN)/.test(line)).map((line) => line.slice(13))
    expect(parts.every((part) => part.length <= 400)).toBe(true)
    expect(Buffer.from(parts.join(''), 'base64').toString()).toBe(`me\0me\0${password}`)
  })

  it('ends a secret that fills its last line with an empty line', async () => {
    const { url, heard } = await serve((line) => {
      if (line === 'CAP LS 302') return [':s CAP * LS :sasl']
      if (line.startsWith('CAP REQ')) return [':s CAP bot ACK :sasl']
      if (line === 'AUTHENTICATE PLAIN') return ['AUTHENTICATE +']
      return line === 'AUTHENTICATE +' ? [...welcome] : undefined
    })
    await open({ IRC_URL: url, IRC_PASSWORD: 'p'.repeat(300 - 8) }).connected
    expect(heard.filter((line) => /^AUTHENTICATE (?!PLAIN)/.test(line)).map((line) => line.length)).toEqual([413, 14])
  })

  it('does not log in without a password, and continues if the server refuses its request', async () => {
    const { url, heard } = await serve((line) => {
      if (line === 'CAP LS 302') return [':s CAP * LS :sasl batch']
      if (line.startsWith('CAP REQ')) return [':s CAP bot NAK :batch']
      return line === 'CAP END' ? welcome : undefined
    })
    await open({ IRC_URL: url }).connected
    expect(heard).toContain('CAP REQ batch')
  })

  it.each([
    [':s 464 bot :Password incorrect', true],
    [':s 465 bot :You are banned', true],
    ['ERROR :Closing Link: 127.0.0.1 (K-Lined: go away)', true],
    ['ERROR :Closing Link: 127.0.0.1 (Server full)', false],
    [':s 904 bot :SASL authentication failed', true],
    [':s 432 bot bot :Erroneous Nickname', true],
  ])('reports a refusal with %j without the secret, and whether retrying soon is pointless: %s', async (line, slow) => {
    const { url } = await serve((said) => (said.startsWith('USER') ? [line] : undefined))
    const failure = await failureOf(open({ IRC_URL: url, IRC_PASSWORD: 'sesame' }).ended)
    expect(failure).toMatchObject({ code: 'connection', slow })
    expect(String(failure)).not.toContain('sesame')
  })

  it('survives nonsense and endless lines', async () => {
    const nonsense = [
      'HTTP/1.1 400 Bad Request',
      '\0\x01\x02',
      ':',
      '@',
      `:s NOTICE * :${'x'.repeat(100_000)}`,
      ':s 005',
      'JOIN',
      ':s 353 bot',
      'KICK',
      'BATCH',
      ':x!y@z PRIVMSG',
    ]
    const { url } = await serve((line) =>
      line.startsWith('USER') ? [...nonsense, ...welcome, ...nonsense] : undefined,
    )
    const { connected, link } = open({ IRC_URL: url })
    await connected
    expect(link.session?.network.nick).toBe('bot')
  })

  it('gives up if the server does not let it in or falls silent', async () => {
    const mute = await serve(() => undefined)
    expect(String(await failureOf(open({ IRC_URL: mute.url }, { handshake: 50 }).ended))).toContain(
      'does not let the bot in',
    )
    const silent = await serve((line) => (line.startsWith('USER') ? welcome : undefined))
    const { connected, ended } = open({ IRC_URL: silent.url }, { silence: 50 })
    await connected
    expect(String(await failureOf(ended))).toContain('no longer answers')
    expect(silent.heard).toContain('PING slashroom')
  })

  it('leaves channels that are not in the settings', async () => {
    const { url, heard } = await serve((line) => {
      if (line.startsWith('USER')) return welcome
      if (line === 'JOIN #ops')
        return [
          ':s 470 bot #ops ##more :Forwarding',
          ':bot!b@h JOIN ##more',
          ':s 353 bot = ##more :kim bot',
          ':kim!k@h PRIVMSG ##more :!ping',
        ]
      return line === 'PART ##more' ? [':kim!k@h PRIVMSG bot :ping'] : undefined
    })
    const taken: unknown[] = []
    const { connected } = open({ IRC_URL: url, IRC_CHANNELS: '#ops' }, {}, async ({ payload }) => {
      taken.push(payload)
      return { status: 200 }
    })
    await connected
    await expect.poll(() => taken).toMatchObject([{ text: 'ping', channel: undefined }])
    expect(heard).toContain('PART ##more')
  })

  it('stops reading while too much is waiting to be stored, and then continues', async () => {
    const { url, sockets } = await serve((line) => (line.startsWith('USER') ? welcome : undefined))
    const kept: (() => void)[] = []
    const { connected } = open(
      { IRC_URL: url },
      {},
      () => new Promise((resolve) => kept.push(() => resolve({ status: 200 }))),
    )
    await connected
    const line = `:kim!k@h PRIVMSG bot :ping ${'x'.repeat(400)}\r\n`
    for (let sent = 0; sent < 40; sent++) sockets[0]?.write(line.repeat(500))
    await expect.poll(() => kept.length).toBeGreaterThan(255)
    await new Promise((resolve) => setTimeout(resolve, 2_000)) // long enough to read all of it
    expect(kept.length).toBeLessThan(2_000)
    for (let done = 0; done < 20_000; done++) {
      await expect.poll(() => kept.length).toBeGreaterThan(done)
      for (; done < kept.length; done++) kept[done]?.()
    }
    expect(kept).toHaveLength(20_000)
  })

  it('can be ended at any moment without an error', async () => {
    const mute = await serve(() => undefined)
    const early = open({ IRC_URL: mute.url })
    early.stop.abort()
    await early.ended
    const shaking = open({ IRC_URL: mute.url })
    await expect.poll(() => mute.heard.length).toBeGreaterThan(0)
    shaking.stop.abort()
    for (const socket of mute.sockets) socket.end()
    await shaking.ended
  })

  it('does not send waiting lines if another process took over during a pause', async () => {
    const { url, heard } = await serve((line) =>
      line.startsWith('USER') ? welcome : line.startsWith('PING') ? ['PONG slashroom'] : undefined,
    )
    let held = true
    const { link, connected, ended } = open({ IRC_URL: url }, {}, undefined, () => held)
    await connected
    const lines = Array.from({ length: 20 }, (_, at) => `line ${at + 1}`)
    const said = link.session?.say({ verb: 'PRIVMSG', target: '#ops', lines })
    await expect.poll(() => heard).toContain('PRIVMSG #ops :line 1')
    held = false
    await expect(said).rejects.toMatchObject({ retryAdvice: { retry: true } })
    await ended
    expect(heard).not.toContain('PRIVMSG #ops :line 20')
    expect(heard.at(-1)).toBe('QUIT :Slashroom is stopping')
  })

  it('names the address if it is refused', async () => {
    const failure = await failureOf(open({ IRC_URL: 'irc://127.0.0.1:1' }).ended)
    expect(failure).toMatchObject({
      code: 'connection',
      slow: false,
      message: '127.0.0.1:1 could not be reached (ECONNREFUSED)',
    })
  })

  it('trusts only the right certificate', async () => {
    const certificates = createCertificates(['localhost'])
    const tls = createTlsServer({ cert: certificates.cert, key: certificates.key })
    const { url, heard } = await serve((line) => (line.startsWith('USER') ? welcome : undefined), tls)
    expect(await failureOf(open({ IRC_URL: url }).ended)).toMatchObject({
      slow: true,
      message: expect.stringMatching(/certificate.*IRC_TLS_FINGERPRINT/),
    })
    expect(await failureOf(open({ IRC_URL: url, IRC_TLS_FINGERPRINT: 'ab'.repeat(32) }).ended)).toMatchObject({
      slow: true,
    })
    expect(heard).toEqual([])
    const { fingerprint256 } = new X509Certificate(certificates.cert)
    await open({ IRC_URL: url, IRC_TLS_FINGERPRINT: fingerprint256 }).connected
  })
})
