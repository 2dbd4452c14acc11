#!/usr/bin/env bash
# A bot sets a channel's topic, as after each deployment, and takes the TOPIC line that comes back as the server's yes. A good
# guess: one comes each time, and where the topic is what it was before, either everybody is told again or a number says why
# not. Seen with InspIRCd 3.15 (Debian 3.15.0-1): for the same topic again nobody gets anything, the one who sets it neither.
# Seen with ngIRCd 26.1 (Debian 26.1-1+deb12u1): the one who sets it gets the line, and nobody else. A bot that waits for the
# line waits for ever on the one server, and takes for told what nobody was told on the other: TOPIC #channel asks.
# Output: TOPIC lines for the same again: {"InspIRCd 3.15":{"setter":0,"other":0},"ngIRCd 26.1":{"setter":1,"other":0}}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages() { apt-get download -qq -o APT::Sandbox::User=root inspircd=3.15.0-1 ngircd=26.1-1+deb12u1 libident=0.32-1; }
packages 2>/dev/null || { apt-get update -qq && packages; }
for package in *.deb; do dpkg -x "$package" .; done
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const here = process.cwd()

async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

function startInspircd(port) {
  writeFileSync(
    'inspircd.conf',
    `<config format="xml">
<path configdir="${here}" datadir="${here}" logdir="${here}" runtimedir="${here}" moduledir="${here}/usr/lib/inspircd/modules">
<server name="irc.test" description="A test" network="Test" id="00A">
<admin name="nobody" nick="nobody" email="nobody@irc.test">
<bind address="127.0.0.1" port="${port}" type="clients">
<connect allow="*" resolvehostnames="no" useident="no">
<security runasuser="">\n`,
  )
  const options = ['--config', `${here}/inspircd.conf`, '--nofork', '--nopid', '--nolog', '--runasroot']
  return spawn('usr/sbin/inspircd', options, { stdio: 'ignore', timeout: 60_000 })
}

function startNgircd(port) {
  const own = `ServerUID = ${process.getuid()}\nServerGID = ${process.getgid()}`
  const global = `Name = irc.test\nInfo = A test\nListen = 127.0.0.1\nPorts = ${port}\nMotdPhrase = Hello\n${own}`
  writeFileSync('ngircd.conf', `[Global]\n${global}\n[Options]\nDNS = no\nIdent = no\nPAM = no\n`)
  const libraries = readdirSync('usr/lib').filter((name) => name.includes('-linux-')).map((name) => `usr/lib/${name}`)
  return spawn('usr/sbin/ngircd', ['--nodaemon', '--config', `${here}/ngircd.conf`], {
    stdio: 'ignore',
    env: { ...process.env, LD_LIBRARY_PATH: libraries.join(':') },
    timeout: 60_000,
  })
}

/** Connects once the server listens, and resolves when it has said welcome. */
async function person(port, nick) {
  const socket = new net.Socket()
  for (let attempt = 0; ; attempt++) {
    const tried = once(socket.connect(port, '127.0.0.1'), 'connect')
    if (await tried.then(() => true, () => false)) break
    if (attempt === 200) throw new Error('the server did not start')
    await sleep(50)
  }
  const lines = []
  const send = (line) => socket.write(`${line}\r\n`)
  createInterface({ input: socket }).on('line', (line) => {
    if (line.startsWith('PING ')) send(line.replace('PING', 'PONG'))
    lines.push(line)
  })
  const until = async (fits) => {
    for (let attempt = 0; attempt < 400; attempt++) {
      if (lines.some(fits)) return
      await sleep(25)
    }
    throw new Error(`nothing of the kind came, but ${lines.join('\n')}`)
  }
  send(`NICK ${nick}`)
  send(`USER ${nick} 0 * :${nick}`)
  await until((line) => / 001 /.test(line))
  return { lines, send, until }
}

async function measure(start) {
  const port = await freePort()
  const server = start(port)
  process.on('exit', () => server.kill('SIGKILL')) // whatever happens
  const bot = await person(port, 'bot')
  bot.send('JOIN #ops')
  await bot.until((line) => / 366 /.test(line))
  const kim = await person(port, 'kim')
  kim.send('JOIN #ops')
  await kim.until((line) => / 366 /.test(line))
  const told = async () => {
    bot.send('TOPIC #ops :build 12 runs')
    bot.send('TOPIC #ops') // its answer comes after whatever the line before brought
    const answers = () => bot.lines.filter((line) => / 332 /.test(line)).length
    const before = answers()
    await bot.until(() => answers() > before)
    await sleep(200)
    const count = ({ lines }) => lines.filter((line) => / TOPIC #ops /.test(line)).length
    return { setter: count(bot), other: count(kim) }
  }
  const first = await told()
  const both = await told()
  server.kill('SIGKILL')
  if (first.setter !== 1 || first.other !== 1) throw new Error(`the first time: ${JSON.stringify(first)}`)
  return { setter: both.setter - first.setter, other: both.other - first.other }
}

const seen = { 'InspIRCd 3.15': await measure(startInspircd), 'ngIRCd 26.1': await measure(startNgircd) }
const told = JSON.stringify(seen)
console.log(`TOPIC lines for the same again: ${told}`)
process.exit(
  told === '{"InspIRCd 3.15":{"setter":0,"other":0},"ngIRCd 26.1":{"setter":1,"other":0}}' ? 0 : 1,
)
JS
node try.mjs
