#!/usr/bin/env bash
# A program shows whether it is connected, and joins its rooms again, by the events of @xmpp/client. Its line drops, and the
# client resumes the stream (XEP-0198). A good guess: `status` says `online` again, as it said `disconnect`, `connecting` and
# `open` on the way, or `online` is emitted. Seen with @xmpp/client 0.14.0 and prosody 0.12.3 (Debian 0.12.3-1+deb12u1): the
# last `status` event is `open` and no `online` comes, while the property `client.status` does read `online`; so whoever counts
# by events believes to be offline from then on. It is said by `client.streamManagement.on('resumed', ...)` alone.
# Output: @xmpp/client 0.14.0: {"events":"disconnect connecting connect opening open opening open","online":0,"resumed":1,
#         "status":"online"}
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
import { client } from '@xmpp/client'

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

// A line that can drop.
const ends = new Set()
const line = net.createServer((near) => {
  const far = net.connect(port, '127.0.0.1')
  near.pipe(far).pipe(near)
  for (const end of [near, far]) {
    ends.add(end)
    end.on('error', () => {}).on('close', () => ends.delete(end))
  }
})
line.listen(0, '127.0.0.1')
await once(line, 'listening')

const service = `xmpp://127.0.0.1:${line.address().port}`
const bot = client({ service, domain: 'chat.example', username: 'bot', password: 'bot-secret' })
bot.on('error', () => {})
const enabled = new Promise((resolve) => {
  bot.on('element', (element) => element.is('enabled', 'urn:xmpp:sm:3') && resolve())
})
await bot.start()
await Promise.race([enabled, sleep(20_000)])

const seen = { events: [], online: 0, resumed: 0 }
bot.on('status', (status) => seen.events.push(status))
bot.on('online', () => seen.online++)
const resumed = new Promise((resolve) => {
  bot.streamManagement.on('resumed', () => {
    seen.resumed++
    resolve()
  })
})
for (const end of ends) end.destroy()
await Promise.race([resumed, sleep(20_000)])
await sleep(1_000) // what is late would come meanwhile
seen.events = seen.events.join(' ')
seen.status = bot.status
const ended = once(server, 'exit')
server.kill('SIGKILL')
await ended
console.log(`@xmpp/client 0.14.0: ${JSON.stringify(seen)}`)
const same = seen.events.endsWith(' open') && !/online/.test(seen.events) && seen.online === 0 && seen.resumed === 1
process.exit(same && seen.status === 'online' ? 0 : 1)
JS
node try.mjs
