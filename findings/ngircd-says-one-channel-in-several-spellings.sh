#!/usr/bin/env bash
# A bot joins `#ops`, which somebody else has opened as `#Ops`. Names of channels compare without case, so a bot has to store
# one spelling for both. A good guess: it is the server that says which, once, in the JOIN that it sends back, and all that
# follows from the channel bears that name. Seen with ngIRCd 26.1 (Debian 26.1-1+deb12u1): the JOIN says `#ops`, as it was
# typed, the list of names after it, messages and modes say `#Ops`, and a TOPIC has whatever spelling its sender typed,
# for everybody. A bot that stores the name from its JOIN and compares letter by letter hears nothing in that channel: it has
# to compare as CASEMAPPING says in each line, whoever chose the spelling.
# Output: ngIRCd 26.1, typed and heard: {"JOIN":["#ops","#ops"],"NAMES":["#ops","#Ops"],"PRIVMSG":["#OPS","#Ops"],
#         "TOPIC":["#OPS","#OPS"],"MODE":["#OPS","#Ops"]}
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
  createInterface({ input: socket }).on('line', (line) => {
    lines.push(line)
    socket.emit('read')
  })
  const send = (line) => socket.write(`${line}\r\n`)
  /** Resolves with the first line that is so. */
  async function heard(pattern) {
    const signal = AbortSignal.timeout(30_000)
    while (!lines.some((line) => pattern.test(line))) await once(socket, 'read', { signal })
    return lines.find((line) => pattern.test(line))
  }
  send(`NICK ${nick}`)
  send(`USER ${nick} 0 * :${nick}`)
  await heard(/^\S+ (376|422) /)
  return { send, heard }
}

/** The channel's name in a line. */
const nameIn = (line) => /#ops/i.exec(line)[0]

const [ann, bot] = [await person('ann'), await person('bot')]
ann.send('JOIN #Ops')
await ann.heard(/ 366 /)
bot.send('JOIN #ops')
const seen = {
  JOIN: ['#ops', nameIn(await bot.heard(/^:bot\S+ JOIN /))],
  NAMES: ['#ops', nameIn(await bot.heard(/ 353 /))],
}
for (const [command, rest] of [['PRIVMSG', ':hello'], ['TOPIC', ':a topic'], ['MODE', '+v bot']]) {
  ann.send(`${command} #OPS ${rest}`)
  seen[command] = ['#OPS', nameIn(await bot.heard(new RegExp(`^:ann\\S+ ${command} `)))]
}
const ended = once(server, 'exit')
server.kill('SIGKILL')
await ended
console.log(`ngIRCd 26.1, typed and heard: ${JSON.stringify(seen)}`)
const expected = {
  JOIN: ['#ops', '#ops'],
  NAMES: ['#ops', '#Ops'],
  PRIVMSG: ['#OPS', '#Ops'],
  TOPIC: ['#OPS', '#OPS'],
  MODE: ['#OPS', '#Ops'],
}
process.exit(Object.entries(expected).every(([name, pair]) => pair.join() === seen[name].join()) ? 0 : 1)
JS
node try.mjs
