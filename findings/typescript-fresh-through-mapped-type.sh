#!/usr/bin/env bash
# A function infers the type of an object literal that it is given, and a conditional type asks of each part whether it
# extends a definition. The part has one property more than the definition knows. A good guess: it extends it, since more
# properties never stop a type from that, and how the parameter is written changes nothing about a type that reads the same.
# Seen with TypeScript 5.9.3: where the parameter is a homomorphic mapped type (`{ [K in keyof T]: T[K] }`), what is inferred
# is still "fresh", and the conditional type answers as if a literal were assigned: not so, because of the property too many.
# With the parameter `T` it answers yes, and both types print alike. TypeScript 7.0.2 answers yes both times. Whoever writes
# types for both versions copies what was inferred first (here `Plain`), and asks that.
# Output: TypeScript 5.9.3: {"direct":"fits","mapped":"does not","copied":"fits"}
#         TypeScript 7.0.2: {"direct":"fits","mapped":"fits","copied":"fits"}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent five@npm:typescript@5.9.3 seven@npm:typescript@7.0.2
cat > parts.ts <<'TS'
interface Definition {
  readonly type: 'text' | 'number'
}

type Answers<T> = { readonly [K in keyof T]: T[K] extends Definition ? 'fits' : 'does not' }
type Plain<T> = { [K in keyof T]: T[K] }

declare function direct<T>(parts: T): Answers<T>
declare function mapped<T>(parts: { [K in keyof T]: T[K] }): Answers<T>
declare function copied<T>(parts: { [K in keyof T]: T[K] }): Answers<{ [K in keyof T]: Plain<T[K]> }>

export const answers = {
  direct: direct({ name: { type: 'text' as const, label: 'a name' } }).name,
  mapped: mapped({ name: { type: 'text' as const, label: 'a name' } }).name,
  copied: copied({ name: { type: 'text' as const, label: 'a name' } }).name,
}
TS
cat > try.mjs <<'JS'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** What a version answers, read from the declarations that it writes. */
function answersOf(name) {
  const options = ['--strict', '--target', 'es2022', '--declaration', '--emitDeclarationOnly', '--outDir', name]
  const { status, stdout } = spawnSync('node', [`node_modules/${name}/bin/tsc`, ...options, 'parts.ts'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stdout)
  const written = readFileSync(`${name}/parts.d.ts`, 'utf8')
  const answers = {}
  for (const [, part, answer] of written.matchAll(/(direct|mapped|copied): "([^"]+)"/g)) answers[part] = answer
  return JSON.stringify(answers)
}

const seen = { 5: answersOf('five'), 7: answersOf('seven') }
console.log(`TypeScript 5.9.3: ${seen[5]}\nTypeScript 7.0.2: ${seen[7]}`)
const same =
  seen[5] === '{"direct":"fits","mapped":"does not","copied":"fits"}' &&
  seen[7] === '{"direct":"fits","mapped":"fits","copied":"fits"}'
process.exit(same ? 0 : 1)
JS
node try.mjs
