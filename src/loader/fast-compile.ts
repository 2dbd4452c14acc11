import { compileFunction, Script } from 'node:vm'

/** A compiled file; it is called with `exports`, `require` and so on, in the order of `moduleParameters`. */
export type ModuleFunction = (...given: readonly unknown[]) => void

/** The names of the parameters of a compiled file. */
export const moduleParameters = ['exports', 'require', 'module', '__filename', '__dirname', '__meta']

/**
 * Compiles a file that is almost plain JavaScript, as most commands are: it imports names from slashroom or Node.js and
 * exports one value. Takes a fortieth of esbuild's time (bench `tricks`). Undefined for any other file.
 */
export function tryFastCompile(file: string, text: string): ModuleFunction | undefined {
  const [imports = ''] = leadingImports.exec(text) ?? []
  const [before = '', after, ...others] = text.slice(imports.length).split(defaultExport)
  if (after === undefined || others.length > 0 || before.includes('`') || moduleWords.test(before + after))
    return undefined
  // `call<Type>(x)` is a call in TypeScript but two comparisons in JavaScript; everything else valid in both means the same.
  if (file.endsWith('ts') && (before + after).includes('<')) return undefined
  const body = `${before}exports.default=${after}`
  try {
    // In a function, `await (x)` would call something named await; a static block rejects it, as a module would.
    if (body.includes('await')) new Script(`class C { static { ${body}\n} }`)
    return compileFunction(prologue + imports.replace(importStatement, toRequire) + body, moduleParameters, {
      filename: file,
    }) as ModuleFunction
  } catch {
    return undefined // esbuild reports the error better
  }
}

/** The lines at the top of a file that are empty, a comment, or an import of names. */
const leadingImports =
  /^(?:(?:\/\/.*|import \{(?![^}]*\bdefault\b)[\w$,\s]+\} from ["'](?:slashroom|node:[\w/]+)["'];?)?\r?\n)*/
const importStatement = /^import (\{[^}]*\}) from ([^;\n]+)/gm
const defaultExport = /^export default (?=\{|command\()/m
const moduleWords = /\b(?:import|export|require|module|exports)\b/

/** Joined into one line, so that line numbers stay the same. */
export const prologue = '"use strict";Object.defineProperty(exports, "__esModule", { value: true });'

function toRequire(_: string, names: string, from: string): string {
  return `const ${names.replaceAll(' as ', ': ')} = require(${from})`
}
