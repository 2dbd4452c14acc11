#!/usr/bin/env bash
# Two people in a room of a server on the same machine: one speaks, the other answers at once. A good guess: the answer is
# there within a few milliseconds. Seen with prosody 0.12.3 (Debian 0.12.3-1+deb12u1) on Linux: it takes over 30 ms, since
# prosody leaves Nagle's algorithm on unless `network_settings = { nagle = false }` stands in its configuration. The one who
# spoke gets their own words back first, and the answer waits until their system confirms those, which Linux puts off for
# 40 ms. TCP_NODELAY in both clients does not help: it is the server that waits. Whoever measures a bot's latency or
# throughput over prosody as it comes measures this.
# Output: prosody 0.12.3, ms from words to answer, median of 50: {"as it comes":44,"nagle = false":0.7}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
lua='lua5.4=5.4.4-3+deb12u1 liblua5.4-0=5.4.4-3+deb12u1 lua-expat=1.5.1-3 lua-filesystem=1.8.0-3 lua-socket=3.1.0-1+b1 lua-sec=1.2.0-2'
packages() { apt-get download -qq -o APT::Sandbox::User=root prosody=0.12.3-1+deb12u1 libicu72=72.1-3+deb12u1 $lua; }
packages 2>/dev/null || { apt-get update -qq && packages; }
for package in *.deb; do dpkg -x "$package" .; done
sed "s|/usr/lib/prosody|$folder/usr/lib/prosody|" usr/bin/prosody >prosody.lua
mkdir -p data/chat%2eexample/accounts
for name in kim bot; do echo 'return { password = "secret" }' >data/chat%2eexample/accounts/$name.dat; done
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const here = process.cwd()
const library = readdirSync('usr/lib').find((name) => name.includes('-linux-'))
const room = 'ops@rooms.chat.example'

async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

async function startServer(port, setting) {
  writeFileSync(
    'prosody.cfg.lua',
    `run_as_root = true
pidfile = "${here}/prosody.pid"
data_path = "${here}/data"
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
modules_enabled = { "saslauth" }
modules_disabled = { "s2s", "tls" }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
${setting}
log = { { levels = { min = "error" }, to = "console" } }
VirtualHost "chat.example"
Component "rooms.chat.example" "muc"\n`,
  )
  const server = spawn('usr/bin/lua5.4', ['prosody.lua', '--config', `${here}/prosody.cfg.lua`, '-F'], {
    stdio: 'ignore',
    timeout: 90_000,
    env: {
      ...process.env,
      LD_LIBRARY_PATH: `${here}/usr/lib/${library}`,
      LUA_PATH: `${here}/usr/share/lua/5.4/?.lua`,
      LUA_CPATH: `${here}/usr/lib/${library}/lua/5.4/?.so`,
    },
  })
  process.on('exit', () => server.kill('SIGKILL')) // whatever happens
  for (let attempt = 0; attempt < 400; attempt++) {
    const tried = new net.Socket().connect(port, '127.0.0.1')
    const listens = await once(tried, 'connect').then(() => true, () => false)
    tried.destroy()
    if (listens) return server
    await sleep(50)
  }
  throw new Error('the server did not start')
}

/** Someone in the room; `on` gives each piece that the server sends. */
async function enter(port, name) {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('utf8')
  await once(socket, 'connect')
  const ask = (text, end) =>
    new Promise((resolve, reject) => {
      let heard = ''
      const timer = setTimeout(reject, 20_000, new Error(`no ${end}`))
      const take = (piece) => {
        heard += piece
        if (!heard.includes(end)) return
        clearTimeout(timer)
        socket.off('data', take)
        resolve()
      }
      socket.on('data', take)
      socket.write(text)
    })
  const stream = `<stream:stream to='chat.example' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`
  await ask(stream, '</stream:features>')
  const proof = Buffer.from(`\0${name}\0secret`).toString('base64')
  await ask(`<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>${proof}</auth>`, '<success')
  await ask(stream, '</stream:features>')
  await ask(`<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>`, '</iq>')
  await ask(`<presence to='${room}/${name}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`, '</presence>')
  return {
    ask,
    say: (text) => socket.write(`<message type='groupchat' to='${room}'><body>${text}</body></message>`),
    on: (act) => socket.on('data', act),
  }
}

async function measure(setting) {
  const port = await freePort()
  const server = await startServer(port, setting)
  const bot = await enter(port, 'bot')
  const form = `<x xmlns='jabber:x:data' type='submit'/>` // a new room is locked until its owner says how it is
  const query = `<query xmlns='http://jabber.org/protocol/muc#owner'>${form}</query>`
  await bot.ask(`<iq type='set' id='open' to='${room}'>${query}</iq>`, 'open')
  const kim = await enter(port, 'kim')
  bot.on((piece) => {
    const number = /<body>ask (\d+)</.exec(piece)?.[1]
    if (number !== undefined) bot.say(`answer ${number}`)
  })
  const times = []
  let [wanted, heard] = ['', () => {}]
  kim.on((piece) => piece.includes(wanted) && heard())
  for (let number = 0; number < 50; number++) {
    wanted = `answer ${number}<`
    const answered = new Promise((resolve) => {
      heard = resolve
    })
    const began = performance.now()
    kim.say(`ask ${number}`)
    await Promise.race([answered, sleep(20_000).then(() => Promise.reject(new Error('no answer')))])
    times.push(performance.now() - began)
  }
  const ended = once(server, 'exit')
  server.kill('SIGKILL')
  await ended
  return Number(times.sort((one, other) => one - other)[25].toFixed(1))
}

const seen = { 'as it comes': await measure(''), 'nagle = false': await measure('network_settings = { nagle = false }') }
console.log(`prosody 0.12.3, ms from words to answer, median of 50: ${JSON.stringify(seen)}`)
process.exit(seen['as it comes'] > 30 && seen['nagle = false'] < 20 ? 0 : 1)
JS
node try.mjs
