#!/usr/bin/env bash
# A bot puts a text with line ends or tabs into an attribute: a button's label in a form, a command's name. A good guess:
# @xmpp/client escapes them as it does `"`, `<` and `&`, so that whoever reads the attribute has the same string. Seen with
# @xmpp/client 0.14.0 (ltx 3.1.2) and prosody 0.12.3 (Debian 0.12.3-1+deb12u1): it writes them as they are, and prosody reads
# each as a blank, as XML's rules for attributes say. A carriage return in an element's text is lost too. ltx's own parser does
# not keep those rules, so the same element goes from ltx to ltx unchanged, and a test without a server shows nothing. What has
# lines belongs in an element's text, with `\n` alone between them.
# Output: @xmpp/client 0.14.0, ltx: {"label":"one\ntwo\tthree","text":"one\r\ntwo"}
#         prosody 0.12.3:           {"label":"one two three","text":"one\ntwo"}
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
npm install --no-audit --no-fund --silent @xmpp/client@0.14.0 ltx@3.1.2
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { client, xml } from '@xmpp/client'
import parse from 'ltx/src/parse.js'

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
VirtualHost "chat.example"\n`,
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

/** What can be read of a message. */
const read = (message) =>
  JSON.stringify({ label: message.getChild('note', 'urn:example:note').attrs.label, text: message.getChildText('body') })

const online = next((element) => element.is('enabled', 'urn:xmpp:sm:3'))
const { resource } = await bot.start()
await online
const sent = xml(
  'message',
  { type: 'chat', to: `bot@chat.example/${resource}` },
  xml('body', {}, 'one\r\ntwo'),
  xml('note', { xmlns: 'urn:example:note', label: 'one\ntwo\tthree' }),
)
const back = next((element) => element.is('message') && element.getChild('body'))
await bot.send(sent)
const seen = { ltx: read(parse(sent.toString())), prosody: read(await back) }
const ended = once(server, 'exit')
server.kill('SIGKILL')
await ended
console.log(`@xmpp/client 0.14.0, ltx: ${seen.ltx}\nprosody 0.12.3:           ${seen.prosody}`)
const same =
  seen.ltx === '{"label":"one\\ntwo\\tthree","text":"one\\r\\ntwo"}' &&
  seen.prosody === '{"label":"one two three","text":"one\\ntwo"}'
process.exit(same ? 0 : 1)
JS
node try.mjs
