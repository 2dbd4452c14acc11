import { compileFunction, Script } from 'node:vm'

/** What a file is run with: `exports`, `require` and the other names of `moduleParameters`, in their order. */
export type ModuleFunction = (...given: readonly unknown[]) => void

/** The names under which a file finds what it is run with. */
export const moduleParameters = ['exports', 'require', 'module', '__filename', '__dirname', '__meta']

/**
 * Compiles a file that the engine takes nearly as it is, as most commands are: it imports names from slashroom or
 * Node.js and exports one value. It takes a fortieth of what esbuild takes (bench `tricks`). Undefined for
 * any other.
 */
export function tryFastCompile(file: string, text: string): ModuleFunction | undefined {
  const [imports = ''] = leadingImports.exec(text) ?? []
  const [before = '', after, ...others] = text.slice(imports.length).split(defaultExport)
  if (after === undefined || others.length > 0 || before.includes('`') || moduleWords.test(before + after))
    return undefined
  // `call<Type>(x)` is a call in TypeScript and compares in JavaScript; all else that both can read means the same in both.
  if (file.endsWith('ts') && (before + after).includes('<')) return undefined
  const body = `${before}exports.default=${after}`
  try {
    // In a function `await (x)` calls something named await; a static block refuses it, as a module takes it for itself.
    if (body.includes('await')) new Script(`class C { static { ${body}\n} }`)
    return compileFunction(prologue + imports.replace(importStatement, toRequire) + body, moduleParameters, {
      filename: file,
    }) as ModuleFunction
  } catch {
    return undefined // the translator says best why
  }
}

/** The lines of a file's beginning that are empty, a comment, or an import of names. */
const leadingImports =
  /^(?:(?:\/\/.*|import \{(?![^}]*\bdefault\b)[\w$,\s]+\} from ["'](?:slashroom|node:[\w/]+)["'];?)?\r?\n)*/
const importStatement = /^import (\{[^}]*\}) from ([^;\n]+)/gm
const defaultExport = /^export default (?=\{|command\()/m
const moduleWords = /\b(?:import|export|require|module|exports)\b/

/** On the first line, so that every line keeps its number. */
export const prologue = '"use strict";Object.defineProperty(exports, "__esModule", { value: true });'

function toRequire(_: string, names: string, from: string): string {
  return `const ${names.replaceAll(' as ', ': ')} = require(${from})`
}
