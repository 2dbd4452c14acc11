#!/usr/bin/env bash
# A bot sends to a room and knows its own words again by the `id` that the room sends back unchanged. A good guess: so it is
# with whatever a room takes as a message. Seen with prosody 0.12.3 (Debian 0.12.3-1+deb12u1): a text comes back with its id, a
# change of the topic without any, although both were sent as a <message type="groupchat"/>. A bot that waits for the id to see
# that its topic was taken waits for ever: it has to compare the nick in the room and the topic.
# Output: prosody 0.12.3: {"text":{"from":"ops@rooms.chat.example/bot","id":"one"},"topic":{"from":"ops@rooms.chat.example/bot"}}
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
echo 'return { password = "bot-secret" }' >data/chat%2eexample/accounts/bot.dat
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @xmpp/client@0.14.0
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { client, xml } from '@xmpp/client'

const probe = net.createServer().listen(0, '127.0.0.1')
await once(probe, 'listening')
const { port } = probe.address()
probe.close()
await once(probe, 'close')

const here = process.cwd()
writeFileSync(
  'prosody.cfg.lua',
  `run_as_root = true
pidfile = "${here}/prosody.pid"
data_path = "${here}/data"
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
modules_enabled = { "saslauth", "disco", "smacks" }
modules_disabled = { "s2s", "tls" }
c2s_require_encryption = false
authentication = "internal_plain"
log = { { levels = { min = "error" }, to = "console" } }
VirtualHost "chat.example"
Component "rooms.chat.example" "muc"\n`,
)
const library = readdirSync('usr/lib').find((name) => name.includes('-linux-'))
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
for (let attempt = 0; ; attempt++) {
  const tried = new net.Socket().connect(port, '127.0.0.1')
  const listens = await once(tried, 'connect').then(() => true, () => false)
  tried.destroy()
  if (listens) break
  if (attempt === 400) throw new Error('the server did not start')
  await sleep(50)
}

const room = 'ops@rooms.chat.example'
const service = `xmpp://127.0.0.1:${port}`
const bot = client({ service, domain: 'chat.example', username: 'bot', password: 'bot-secret' })
bot.on('error', () => {})

/** Resolves with the next element that is so. */
const next = (fits) =>
  new Promise((resolve, reject) => {
    const take = (element) => fits(element) && resolve(element)
    bot.on('element', take)
    setTimeout(reject, 30_000, new Error('nothing came')).unref()
  })

const online = next((element) => element.is('enabled', 'urn:xmpp:sm:3'))
await bot.start()
await online
const joined = next((element) => element.is('message') && element.getChild('subject')) // the last part of joining
await bot.send(xml('presence', { to: `${room}/bot` }, xml('x', 'http://jabber.org/protocol/muc')))
await joined
const opened = next((element) => element.is('iq') && element.attrs.id === 'open')
const form = xml('x', { xmlns: 'jabber:x:data', type: 'submit' })
const query = xml('query', 'http://jabber.org/protocol/muc#owner', form)
await bot.send(xml('iq', { type: 'set', id: 'open', to: room }, query)) // a new room is locked until its owner says how it is
await opened

const text = next((element) => element.getChildText('body') === 'hello')
const topic = next((element) => element.getChildText('subject') === 'a topic')
await bot.send(xml('message', { type: 'groupchat', id: 'one', to: room }, xml('body', {}, 'hello')))
await bot.send(xml('message', { type: 'groupchat', id: 'two', to: room }, xml('subject', {}, 'a topic')))
const seen = {}
for (const [name, element] of Object.entries({ text: await text, topic: await topic })) {
  seen[name] = { from: element.attrs.from, id: element.attrs.id }
}
const ended = once(server, 'exit')
server.kill('SIGKILL')
await ended
console.log(`prosody 0.12.3: ${JSON.stringify(seen)}`)
const own = seen.text.from === `${room}/bot` && seen.topic.from === `${room}/bot`
process.exit(own && seen.text.id === 'one' && seen.topic.id === undefined ? 0 : 1)
JS
node try.mjs
