// Builds the bot with instrumented functions that report when they are entered.
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vitest/node'
import { buildModules } from '../build.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Files that a build needs next to it. */
const beside = ['node_modules', 'package.json', 'descriptor.json']

/** Writes an instrumented build into a folder and returns its functions: `__enter(number)` identifies each. */
export async function instrument(folder) {
  const dist = join(folder, 'dist')
  await buildModules(dist)
  mkdirSync(join(folder, 'work'))
  for (const name of beside) symlinkSync(join(root, name), join(folder, name))
  const functions = []
  for (const file of readdirSync(dist, { recursive: true }).filter((file) => file.endsWith('.js'))) {
    const code = readFileSync(join(dist, file), 'utf8')
    writeFileSync(join(dist, file), mark(code, `src/${file.replace(/js$/, 'ts')}`, functions))
  }
  return functions
}

/** Inserts a call at the start of each function body and adds the functions to `functions`. Line numbers stay the same. */
function mark(code, file, functions) {
  const inserts = []
  findFunctions(parseAst(code), 'top level', (name, body) => {
    const id = functions.length
    functions.push({ id, file, name })
    if (body.type === 'BlockStatement') inserts.push([body.start + 1, `__enter(${id});`])
    else inserts.push([body.start, `(__enter(${id}), `], [body.end, ')'])
  })
  let [marked, from] = ['', 0]
  for (const [at, text] of inserts.sort(([one], [other]) => one - other)) {
    marked += code.slice(from, at) + text
    from = at
  }
  return marked + code.slice(from)
}

/** Names a function as a reader would: by its own name, or by what returns it or takes it as an argument. */
function findFunctions(node, name, found) {
  if (Array.isArray(node)) for (const one of node) findFunctions(one, name, found)
  if (typeof node?.type !== 'string') return
  const isFunction = /Function/.test(node.type)
  const own = isFunction ? (node.id?.name ?? name) : name
  if (isFunction) found(own, node.body)
  for (const [member, value] of Object.entries(node)) {
    if (typeof value === 'object') findFunctions(value, nameWithin(node, member, own), found)
  }
}

function nameWithin(node, member, name) {
  if (node.type === 'ReturnStatement' || (member === 'body' && node.expression === true)) return `${name}()`
  if (member === 'arguments') return `${node.callee.property?.name ?? node.callee.name ?? 'call'}(=>)`
  if (member === 'init') return node.id?.name ?? name
  if (member === 'right') return node.left?.property?.name ?? node.left?.name ?? name
  if (member === 'value' && node.key) return node.key.name ?? String(node.key.value)
  return name
}
