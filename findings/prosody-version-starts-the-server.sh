#!/usr/bin/env bash
# A script that tests a bot asks which prosody is there before it starts its own. A good guess: `prosody --version` prints it
# and ends, or says that it knows no such option, as it does of `-v`. Seen with prosody 0.12.3 (Debian 0.12.3-1+deb12u1): it
# starts the server with the configuration that it finds, and prints no version. Whatever begins with two dashes is taken
# without a word, also what was mistyped (`--fast` here). So the script waits for ever, and a server that nobody meant to start
# holds the port. `prosodyctl --version` prints no version either, and ends with 0; `prosodyctl about` prints it.
# Output: prosody 0.12.3: {"prosody --version":"serves, no version","prosody --fast":"serves, no version","prosody -v":"ends
#         with 1, no version","prosodyctl --version":"ends with 0, no version","prosodyctl about":"ends with 0, its version"}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
lua='lua5.4=5.4.4-3+deb12u1 liblua5.4-0=5.4.4-3+deb12u1 lua-expat=1.5.1-3 lua-filesystem=1.8.0-3 lua-socket=3.1.0-1+b1 lua-sec=1.2.0-2'
packages() { apt-get download -qq -o APT::Sandbox::User=root prosody=0.12.3-1+deb12u1 libicu72=72.1-3+deb12u1 $lua; }
packages 2>/dev/null || { apt-get update -qq && packages; }
for package in *.deb; do dpkg -x "$package" .; done
for program in prosody prosodyctl; do sed "s|/usr/lib/prosody|$folder/usr/lib/prosody|" "usr/bin/$program" >"$program.lua"; done
mkdir data
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const probe = net.createServer().listen(0, '127.0.0.1')
await once(probe, 'listening')
const { port } = probe.address()
probe.close()
await once(probe, 'close')

const here = process.cwd()
writeFileSync(
  'prosody.cfg.lua',
  `run_as_root = true
daemonize = false
pidfile = "${here}/prosody.pid"
data_path = "${here}/data"
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
modules_enabled = { "saslauth", "disco" }
modules_disabled = { "s2s", "tls" }
c2s_require_encryption = false
authentication = "internal_plain"
log = { { levels = { min = "error" }, to = "console" } }
VirtualHost "chat.example"\n`,
)
const library = readdirSync('usr/lib').find((name) => name.includes('-linux-'))
const env = {
  ...process.env,
  LD_LIBRARY_PATH: `${here}/usr/lib/${library}`,
  LUA_PATH: `${here}/usr/share/lua/5.4/?.lua`,
  LUA_CPATH: `${here}/usr/lib/${library}/lua/5.4/?.so`,
}

/** Runs a program until it ends or listens, and says which it was and whether it has printed its version. */
async function outcome(program, option) {
  const given = [`${program}.lua`, '--config', `${here}/prosody.cfg.lua`, option]
  const child = spawn('usr/bin/lua5.4', given, { env, timeout: 60_000 })
  process.on('exit', () => child.kill('SIGKILL')) // whatever happens
  let printed = ''
  for (const output of [child.stdout, child.stderr]) output.on('data', (data) => (printed += data))
  const closed = once(child, 'close').then(() => `ends with ${child.exitCode}`)
  let how
  for (let attempt = 0; !how; attempt++) {
    if (attempt === 400) throw new Error(`${program} ${option} neither ended nor listened`)
    const tried = new net.Socket().connect(port, '127.0.0.1')
    const listens = await once(tried, 'connect').then(() => true, () => false)
    tried.destroy()
    how = await Promise.race([closed, sleep(50, listens && 'serves')])
  }
  child.kill('SIGKILL')
  await closed
  return `${how}, ${printed.includes('0.12.3') ? 'its version' : 'no version'}`
}

const seen = {
  'prosody --version': await outcome('prosody', '--version'),
  'prosody --fast': await outcome('prosody', '--fast'),
  'prosody -v': await outcome('prosody', '-v'),
  'prosodyctl --version': await outcome('prosodyctl', '--version'),
  'prosodyctl about': await outcome('prosodyctl', 'about'),
}
console.log(`prosody 0.12.3: ${JSON.stringify(seen)}`)
const expected = {
  'prosody --version': 'serves, no version',
  'prosody --fast': 'serves, no version',
  'prosody -v': 'ends with 1, no version',
  'prosodyctl --version': 'ends with 0, no version',
  'prosodyctl about': 'ends with 0, its version',
}
process.exit(JSON.stringify(seen) === JSON.stringify(expected) ? 0 : 1)
JS
node try.mjs
