#!/usr/bin/env bash
# InspIRCd's module chanhistory (channel mode H) shows whoever joins what was said before. A good guess: a client that cannot
# be told so by `batch` and `server-time` gets none of it, or lines that differ from live ones, such as notices. Seen with
# InspIRCd 3.15 (Debian 3.15.0-1): it gets them as PRIVMSG from whoever spoke, to the last character as when they were live.
# One notice in front says "up to" how many follow, so that nobody knows where they end. A bot that answers to commands would
# run the old ones again with each join: it has to ask for both capabilities, and pass by what is in the batch.
# Output: InspIRCd 3.15: {"notices":["Replaying up to 9 lines of pre-join history from the last 1h"],"alike":true,"tagged":true}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
packages() { apt-get download -qq -o APT::Sandbox::User=root inspircd=3.15.0-1; }
packages 2>/dev/null || { apt-get update -qq && packages; }
dpkg -x inspircd_*.deb .
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const probe = net.createServer().listen(0, '127.0.0.1')
await once(probe, 'listening')
const { port } = probe.address()
probe.close()
await once(probe, 'close')

const here = process.cwd()
writeFileSync(
  'inspircd.conf',
  `<config format="xml">
<path configdir="${here}" datadir="${here}" logdir="${here}" runtimedir="${here}" moduledir="${here}/usr/lib/inspircd/modules">
<server name="irc.test" description="A test" network="Test" id="00A">
<admin name="nobody" nick="nobody" email="nobody@irc.test">
<module name="cap"><module name="ircv3_batch"><module name="ircv3_servertime"><module name="chanhistory">
<bind address="127.0.0.1" port="${port}" type="clients">
<connect allow="*" resolvehostnames="no" useident="no">
<security runasuser="">\n`,
)
const options = ['--config', `${here}/inspircd.conf`, '--nofork', '--nopid', '--nolog', '--runasroot']
const server = spawn('usr/sbin/inspircd', options, { stdio: 'ignore', timeout: 60_000 })
process.on('exit', () => server.kill('SIGKILL')) // whatever happens

/** Connects once the server listens, and resolves when it has said welcome. */
async function person(nick, capabilities) {
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
    socket.emit('read')
  })
  /** Resolves when as many of its lines are so. */
  async function until(pattern, count = 1) {
    const signal = AbortSignal.timeout(20_000)
    while (lines.filter((line) => pattern.test(line)).length < count) await once(socket, 'read', { signal })
  }
  if (capabilities) send(`CAP REQ :${capabilities}`)
  send(`NICK ${nick}`)
  send(`USER ${nick} 0 * :${nick}`)
  if (capabilities) send('CAP END')
  await until(/ (376|422) /)
  return { lines, send, until }
}

const said = /PRIVMSG #ops :!deploy web$/
const ann = await person('ann')
ann.send('JOIN #ops')
ann.send('MODE #ops +H 9:1h')
ann.send('PRIVMSG #ops :!deploy web')
ann.send('PING :heard')
await ann.until(/PONG .*heard/)

const [old, rich] = [await person('bob'), await person('eve', 'batch server-time')]
for (const one of [old, rich]) {
  one.send('JOIN #ops')
  await one.until(said)
}
ann.send('PRIVMSG #ops :!deploy web') // live
for (const one of [old, rich]) await one.until(said, 2)
const ended = once(server, 'exit')
server.kill('SIGKILL')
await ended

const [replayed, live] = old.lines.filter((line) => said.test(line))
const [richReplayed, richLive] = rich.lines.filter((line) => said.test(line))
const seen = {
  notices: old.lines.filter((line) => line.includes(' NOTICE #ops :')).map((line) => line.split(' NOTICE #ops :')[1]),
  alike: replayed === live,
  tagged: /^@\S*batch=/.test(richReplayed) && !/^@\S*batch=/.test(richLive),
}
console.log(`InspIRCd 3.15: ${JSON.stringify(seen)}`)
process.exit(seen.notices.length === 1 && /up to 9 lines/.test(seen.notices[0]) && seen.alike && seen.tagged ? 0 : 1)
JS
node try.mjs
