#!/usr/bin/env bash
# A bot posts a line such as `env:prod, nginx:1.27, localhost:8080`. A good guess: Mattermost's own Markdown parser reads it as
# CommonMark does, as text; what it links without being told so begins with `www.`, or with a scheme and `//`. Seen with
# @mattermost/commonmark 0.31.2-0 beside commonmark 0.31.2: whatever word is in front of a colon, as long as it begins with a
# letter, is taken for a scheme where two characters or more follow, and the whole is a link; `web:3` and `12:30` are text. An
# entity in such a link stays as it was written: `&amp;` is part of the address, five characters, where in a link that was
# marked as one it is a `&`. Whoever writes such text puts a backslash before the colon, and a plain address with its `&` as it
# is; whoever shows it gives the parser a `urlFilter` that lets only known schemes through.
# Output: @mattermost/commonmark 0.31.2-0: ["env:prod","nginx:1.27","localhost:8080"], escaped: [], filtered: [],
#         plain: ["https://e.example/?a=1&amp;b=2"], marked: ["https://e.example/?a=1&b=2"]; commonmark 0.31.2: []
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent @mattermost/commonmark@0.31.2-0 commonmark@0.31.2
cat > try.cjs <<'JS'
const { Parser } = require('@mattermost/commonmark')
const original = require('commonmark')

/** The addresses of the links that a parser finds. */
function links(text, parser = new Parser()) {
  const walker = parser.parse(text).walker()
  const found = []
  for (let step = walker.next(); step; step = walker.next()) {
    if (step.entering && step.node.type === 'link') found.push(step.node.destination)
  }
  return JSON.stringify(found)
}

const line = 'env:prod, nginx:1.27, localhost:8080, web:3 at 12:30'
const seen = [
  links(line),
  links(line.replaceAll(':', '\\:')),
  links(line, new Parser({ urlFilter: (address) => /^https?:/.test(address) })),
  links('https://e.example/?a=1&amp;b=2'),
  links('[here](https://e.example/?a=1&amp;b=2)'),
]
const [plain, escaped, filtered, unmarked, marked] = seen
console.log(
  `@mattermost/commonmark 0.31.2-0: ${plain}, escaped: ${escaped}, filtered: ${filtered},\n` +
    `plain: ${unmarked}, marked: ${marked}; commonmark 0.31.2: ${links(line, new original.Parser())}`,
)
const expected = [
  '["env:prod","nginx:1.27","localhost:8080"]',
  '[]',
  '[]',
  '["https://e.example/?a=1&amp;b=2"]',
  '["https://e.example/?a=1&b=2"]',
]
const same = JSON.stringify(seen) === JSON.stringify(expected) && links(line, new original.Parser()) === '[]'
process.exit(same ? 0 : 1)
JS
node try.cjs
