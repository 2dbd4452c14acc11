#!/usr/bin/env bash
# A bridge takes the text of a Slack message apart and shows its pieces elsewhere. Slack writes & < and > in it as &amp; &lt;
# and &gt;, those of an address included. A good guess: a parser for Slack's format gives text and addresses as they are meant.
# Seen with slack-message-parser 3.0.2: it gives both as they are written, and so do a link's label and inline code. Printed
# as they come, words show entities; a link with two parameters calls an address whose second one is named amp;run. Whoever
# uses it decodes four places: text, label, code and url.
# Output: slack-message-parser v3.0.2: {"text":"a &amp; b ","url":"https://ci.example/?job=1&amp;run=2","label":"run &amp; job","code":"x &lt; y"}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent slack-message-parser@3.0.2
cat > try.mjs <<'JS'
import { readFileSync } from 'node:fs'
import * as library from 'slack-message-parser'

const parse = library.parse ?? library.default.parse ?? library.default
const { children } = parse('a &amp; b <https://ci.example/?job=1&amp;run=2|run &amp; job> `x &lt; y`')
const [text, link] = children
const code = children.at(-1)
const seen = { text: text.text, url: link.url, label: link.label[0].text, code: code.text }
const { version } = JSON.parse(readFileSync('node_modules/slack-message-parser/package.json', 'utf8'))
console.log(`slack-message-parser ${version}: ${JSON.stringify(seen)}`)
const left = { text: 'a &amp; b ', url: 'https://ci.example/?job=1&amp;run=2', label: 'run &amp; job', code: 'x &lt; y' }
const second = [...new URL(seen.url).searchParams.keys()][1]
process.exit(JSON.stringify(seen) === JSON.stringify(left) && second === 'amp;run' ? 0 : 1)
JS
node try.mjs
