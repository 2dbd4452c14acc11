#!/usr/bin/env bash
# telegram-test-api plays Telegram's Bot API for tests of bots. Telegram gives an update again on each getUpdates until a call
# names a higher `offset`: so nothing is lost with a bot that stops after asking and before doing. A good guess: the double
# does so too, since that is what `offset` is for. Seen with telegram-test-api 4.2.1 on Node.js 20.20.2: it does not read
# `offset` and gives each update once; asked again without one, or with the update's own id, it has nothing. A test against
# it cannot tell a bot that loses updates from one that keeps them: that takes a far side of one's own.
# Output: telegram-test-api 4.2.1: {"first":[1],"again":[],"sameOffset":[]}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent telegram-test-api@4.2.1
cat > try.cjs <<'JS'
const { once } = require('node:events')
const net = require('node:net')
const TelegramServer = require('telegram-test-api')

/** A port that nobody uses: the server takes 0 for its usual one. */
async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address()
  probe.close()
  await once(probe, 'close')
  return port
}

async function main() {
  const server = new TelegramServer({ host: '127.0.0.1', port: await freePort() })
  await server.start()
  const client = server.getClient('1:example')
  await client.sendMessage(client.makeMessage('hello'))

  /** The updates that a call gives. */
  const getUpdates = async (parameters) => {
    const response = await fetch(`${server.config.apiURL}/bot1:example/getUpdates`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(parameters),
    })
    const { result } = await response.json()
    return result.map((update) => update.update_id)
  }
  const first = await getUpdates({})
  const seen = { first, again: await getUpdates({}), sameOffset: await getUpdates({ offset: first[0] }) }
  await server.stop()
  console.log(`telegram-test-api 4.2.1: ${JSON.stringify(seen)}`)
  return seen.first.length === 1 && seen.again.length === 0 && seen.sameOffset.length === 0
}

main().then((same) => process.exit(same ? 0 : 1))
JS
node try.cjs
