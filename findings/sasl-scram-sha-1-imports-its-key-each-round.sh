#!/usr/bin/env bash
# @xmpp/client logs in by SCRAM-SHA-1 through the package sasl-scram-sha-1. A good guess: a login costs what PBKDF2 costs in
# Node.js, some milliseconds for the 10,000 rounds that Prosody 0.12 asks for. Seen with sasl-scram-sha-1 1.4.0: the rounds
# are its own, and each of them imports the password as a WebCrypto key again before it signs, 10,004 times for 10,000
# rounds: more than 20,000 jobs for the thread pool, and more than 20 times the time of crypto.pbkdf2 for the same key.
# While it lasts, whatever else needs the pool (file system, DNS, zlib) waits in the same line: a bot with several accounts
# that come back together is slow for a while.
# Output: sasl-scram-sha-1 1.4.0: {"rounds":10000,"imports":10004,"proofHolds":true,"slowerThanPbkdf2":"over 20 times"}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >npm.log
npm install --no-audit --no-fund --silent sasl-scram-sha-1@1.4.0 >npm.log
cat > try.mjs <<'JS'
import { createHash, createHmac, pbkdf2 as callbackPbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import Mechanism from 'sasl-scram-sha-1'

const pbkdf2 = promisify(callbackPbkdf2)
const rounds = 10_000
const salt = Buffer.from('one salt for one account')
const password = 'a password of an account'

let imports = 0
const { subtle } = globalThis.crypto
const importKey = subtle.importKey.bind(subtle)
subtle.importKey = (...given) => {
  imports++
  return importKey(...given)
}

const mechanism = new Mechanism()
const first = await mechanism.response({ username: 'bot', password })
const bare = first.replace(/^n,,/, '')
const nonce = `${/r=(.*)$/.exec(bare)[1]}server`
const challenge = `r=${nonce},s=${salt.toString('base64')},i=${rounds}`
await mechanism.challenge(challenge)
const began = performance.now()
const final = await mechanism.response({ username: 'bot', password })
const took = performance.now() - began

const before = performance.now()
const salted = await pbkdf2(password, salt, rounds, 20, 'sha1')
const pbkdf2Took = performance.now() - before

const clientKey = createHmac('sha1', salted).update('Client Key').digest()
const withoutProof = final.replace(/,p=.*$/, '')
const signed = `${bare},${challenge},${withoutProof}`
const signature = createHmac('sha1', createHash('sha1').update(clientKey).digest()).update(signed).digest()
const proof = clientKey.map((byte, n) => byte ^ signature[n])
const proofHolds = Buffer.from(proof).toString('base64') === /,p=(.*)$/.exec(final)[1]
const slower = took / pbkdf2Took > 20 ? 'over 20 times' : `${(took / pbkdf2Took).toFixed(1)} times`
console.log(`sasl-scram-sha-1 1.4.0: ${JSON.stringify({ rounds, imports, proofHolds, slowerThanPbkdf2: slower })}`)
console.error(`${took.toFixed(0)} ms beside ${pbkdf2Took.toFixed(1)} ms`)
process.exit(imports > rounds && proofHolds && slower.startsWith('over') ? 0 : 1)
JS
node try.mjs
