#!/usr/bin/env bash
# An interface's members carry JSDoc, and people write values of a type made from it by Omit, Pick or Partial. A good guess:
# an editor shows the same words over such a member, as it always did. Seen with TypeScript 7.0.2: its language server
# (`tsc --lsp`) answers a hover with the member's type alone, and only the interface itself keeps the words; 5.9.3 shows them
# every time. Whoever explains options by JSDoc to people with either version writes out the type that they meet.
# Output: TypeScript 5.9.3: {"Part":"words","Omit":"words","Pick":"words","Partial":"words"}
#         TypeScript 7.0.2: {"Part":"words","Omit":"no words","Pick":"no words","Partial":"no words"}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent five@npm:typescript@5.9.3 seven@npm:typescript@7.0.2
echo '{ "compilerOptions": { "strict": true, "noEmit": true, "types": [] }, "files": ["part.ts"] }' >tsconfig.json
cat > part.ts <<'TS'
interface Part {
  /** What is left of the line. */
  readonly rest: string
  readonly other: string
}

export const ofPart = (part: Part) => part.rest
export const ofOmit = (part: Omit<Part, 'other'>) => part.rest
export const ofPick = (part: Pick<Part, 'rest'>) => part.rest
export const ofPartial = (part: Partial<Part>) => part.rest
TS
cat > try.mjs <<'JS'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'five'

const text = readFileSync('part.ts', 'utf8')
const places = [...text.matchAll(/of(\w+) = .*\.rest$/gm)].map((found) => ({
  name: found[1],
  at: found.index + found[0].length - 2, // within the last word of the line
}))
const words = (shown) => (shown.includes('What is left of the line.') ? 'words' : 'no words')

/** What version 5 shows. */
function five() {
  const service = ts.createLanguageService({
    getScriptFileNames: () => ['part.ts'],
    getScriptVersion: () => '1',
    getScriptSnapshot: (file) => ts.ScriptSnapshot.fromString(ts.sys.readFile(file) ?? ''),
    getCurrentDirectory: () => process.cwd(),
    getCompilationSettings: () => ({ strict: true, types: [] }),
    getDefaultLibFileName: (options) => ts.getDefaultLibFilePath(options),
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
  })
  const shown = {}
  for (const { name, at } of places) {
    const info = service.getQuickInfoAtPosition('part.ts', at)
    if (!ts.displayPartsToString(info.displayParts).includes('rest')) throw new Error('not the member')
    shown[name] = words(ts.displayPartsToString(info.documentation))
  }
  return JSON.stringify(shown)
}

/** What version 7 shows. */
async function seven() {
  const server = spawn(process.execPath, ['node_modules/seven/bin/tsc', '--lsp', '--stdio'], {
    stdio: ['pipe', 'pipe', 'ignore'],
    timeout: 60_000,
  })
  const send = (message) => {
    const body = JSON.stringify({ jsonrpc: '2.0', ...message })
    server.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  }
  const waiting = new Map()
  let unread = Buffer.alloc(0)
  server.stdout.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk])
    for (;;) {
      const begin = unread.indexOf('\r\n\r\n') + 4
      if (begin < 4) return
      const end = begin + Number(/Content-Length: (\d+)/.exec(unread.toString('latin1', 0, begin))[1])
      if (unread.length < end) return
      const message = JSON.parse(unread.toString('utf8', begin, end))
      unread = unread.subarray(end)
      if (message.method && message.id !== undefined) send({ id: message.id, result: null })
      else if (!message.method) waiting.get(message.id)?.(message.result)
    }
  })
  const ask = (method, params) =>
    new Promise((answered) => {
      const id = waiting.size + 1
      waiting.set(id, answered)
      send({ id, method, params })
    })

  const uri = pathToFileURL(resolve('part.ts')).href
  const hover = { contentFormat: ['markdown'] }
  await ask('initialize', { processId: process.pid, rootUri: pathToFileURL('.').href, capabilities: { textDocument: { hover } } })
  send({ method: 'initialized', params: {} })
  send({ method: 'textDocument/didOpen', params: { textDocument: { uri, languageId: 'typescript', version: 1, text } } })
  const shown = {}
  for (const { name, at } of places) {
    const before = text.slice(0, at).split('\n')
    const position = { line: before.length - 1, character: before.at(-1).length }
    const { contents } = await ask('textDocument/hover', { textDocument: { uri }, position })
    if (!contents.value.includes('rest')) throw new Error('not the member')
    shown[name] = words(contents.value)
  }
  const ended = once(server, 'exit')
  server.kill()
  await ended
  return JSON.stringify(shown)
}

const seen = { 5: five(), 7: await seven() }
console.log(`TypeScript 5.9.3: ${seen[5]}\nTypeScript 7.0.2: ${seen[7]}`)
const same =
  seen[5] === '{"Part":"words","Omit":"words","Pick":"words","Partial":"words"}' &&
  seen[7] === '{"Part":"words","Omit":"no words","Pick":"no words","Partial":"no words"}'
process.exit(same ? 0 : 1)
JS
node try.mjs
