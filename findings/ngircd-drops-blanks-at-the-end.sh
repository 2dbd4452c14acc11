#!/usr/bin/env bash
# A bot relays code to IRC line by line, and keeps two parts of it apart by a line of one blank. A good guess: what stands
# behind the colon arrives as it was sent, for blanks part nothing there. Seen with ngIRCd 26.1 (Debian 26.1-1+deb12u1): it
# drops blanks and tabs at a line's end before it reads the line, those of the text too; blanks in front and within stay. So
# a text of one blank arrives as an empty text, and so does one of a tab. A line that has to be seen as a gap, or a bot that
# compares what it sent with what arrives, takes a last character that stays, such as U+00A0.
# Output: ngIRCd 26.1, sent and arrived: [" ",""] ["\t",""] ["ends  ","ends"] ["  in front","  in front"] and so on
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages() { apt-get download -qq -o APT::Sandbox::User=root ngircd=26.1-1+deb12u1 libident=0.32-1; }
packages 2>/dev/null || { apt-get update -qq && packages; }
for package in *.deb; do dpkg -x "$package" .; done
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const probe = net.createServer().listen(0, '127.0.0.1')
await once(probe, 'listening')
const { port } = probe.address()
probe.close()
await once(probe, 'close')

const own = `ServerUID = ${process.getuid()}\nServerGID = ${process.getgid()}`
const global = `Name = irc.test\nInfo = A test\nListen = 127.0.0.1\nPorts = ${port}\nMotdPhrase = Hello\n${own}`
writeFileSync('ngircd.conf', `[Global]\n${global}\n[Options]\nDNS = no\nIdent = no\nPAM = no\n`)
const libraries = readdirSync('usr/lib').filter((name) => name.includes('-linux-')).map((name) => `usr/lib/${name}`)
const server = spawn('usr/sbin/ngircd', ['--nodaemon', '--config', `${process.cwd()}/ngircd.conf`], {
  stdio: 'ignore',
  env: { ...process.env, LD_LIBRARY_PATH: libraries.join(':') },
  timeout: 60_000,
})
process.on('exit', () => server.kill('SIGKILL')) // whatever happens

/** Connects once the server listens, and resolves when it has said welcome. */
async function person(nick) {
  const socket = new net.Socket()
  for (let attempt = 0; ; attempt++) {
    const tried = once(socket.connect(port, '127.0.0.1'), 'connect')
    if (await tried.then(() => true, () => false)) break
    if (attempt === 200) throw new Error('the server did not start')
    await sleep(50)
  }
  const lines = []
  const welcome = new Promise((resolve) => {
    createInterface({ input: socket }).on('line', (line) => {
      lines.push(line)
      if (/^\S+ (376|422) /.test(line)) resolve()
      if (line.endsWith(':the end')) socket.emit('all')
    })
  })
  socket.write(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`)
  await welcome
  return { socket, lines }
}

const texts = [' ', '\t', 'ends  ', '  in front', 'with  in', '\u00a0']
const [ann, bob] = [await person('ann'), await person('bob')]
const all = once(bob.socket, 'all', { signal: AbortSignal.timeout(30_000) })
for (const text of [...texts, 'the end']) ann.socket.write(`PRIVMSG bob :${text}\r\n`)
await all
const arrived = bob.lines.filter((line) => line.includes(' PRIVMSG bob :')).map((line) => line.split(' PRIVMSG bob :')[1])
const ended = once(server, 'exit')
server.kill('SIGKILL')
await ended
const pairs = texts.map((text, n) => JSON.stringify([text, arrived[n]]))
console.log(`ngIRCd 26.1, sent and arrived: ${pairs.join(' ')}`)
const expected = ['', '', 'ends', '  in front', 'with  in', '\u00a0', 'the end']
process.exit(JSON.stringify(arrived) === JSON.stringify(expected) ? 0 : 1)
JS
node try.mjs
