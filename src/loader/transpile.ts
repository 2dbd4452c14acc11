import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, isAbsolute, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TransformOptions } from 'esbuild'
import { messageOf } from '../shared/error-details.js'
import { type ModuleFunction, tryFastCompile } from './fast-compile.js'

/** A file translated to CommonJS, or its error. */
export interface Source {
  readonly code: string
  /** Its compiled form, if it needed no translation. */
  readonly body?: ModuleFunction
  /** Set if neither it nor its imports change a built-in prototype. */
  readonly leavesPrototypes?: boolean
  readonly map?: string
  /** The bot's own files that it imports. */
  readonly imports: readonly string[]
  readonly awaits?: boolean
  readonly error?: Error
}

/** Reads a file and translates it; the result contains any error. */
export async function transpile(file: string): Promise<Source> {
  try {
    const text = readFileSync(file, 'utf8') // a tenth of the time that an async read takes
    const ready = withoutTranspiling(file, text)
    if (ready) return ready
    const { transform } = loadEsbuild()
    return await transform(text, optionsFor(file)).then(
      ({ code, map }) => toSource(file, code, map),
      (error: unknown) => toFault(file, text, error),
    )
  } catch (error) {
    return toFault(file, '', error)
  }
}

/** For `require` calls whose name is computed at run time. */
export function transpileSync(file: string): Source {
  const text = readFileSync(file, 'utf8')
  const ready = withoutTranspiling(file, text)
  if (ready) return ready
  try {
    const { transformSync } = loadEsbuild()
    const { code, map } = transformSync(text, optionsFor(file))
    return toSource(file, code, map)
  } catch (error) {
    return toFault(file, text, error)
  }
}

/** Files that need no translation. */
function withoutTranspiling(file: string, text: string): Source | undefined {
  if (extname(file) === '.json') return { code: text, imports: [] }
  const body = tryFastCompile(file, text)
  return body && { code: '', body, imports: [], leavesPrototypes: !reachesPrototypes.test(text) }
}

/** The specifiers that such a file can use for slashroom; its other imports are the bot's own files or Node.js modules. */
const reachesPrototypes = /prototype|__proto__|node:module/i

const load = createRequire(import.meta.url)

/** esbuild, loaded when a file first needs it. */
function loadEsbuild() {
  return load('esbuild') as typeof import('esbuild')
}

function optionsFor(file: string): TransformOptions & { sourcemap: 'external' } {
  return {
    format: 'cjs',
    loader: /\.[mc]?ts$/.test(file) ? 'ts' : 'js',
    platform: 'node',
    target: 'node20',
    // With .mts or .mjs, it would treat imports as CommonJS and nest their default exports.
    sourcefile: file.replace(/\.m([jt]s)$/, '.$1'),
    sourcemap: 'external',
    sourcesContent: false,
    logLevel: 'silent',
    define: { 'import.meta': '__meta' },
    // import() becomes require(), so that it is resolved like any other import.
    supported: { 'dynamic-import': false },
  }
}

function toSource(file: string, code: string, map: string): Source {
  const strict = code.includes('__toCommonJS(') ? `"use strict";${code}` : code
  return { code: strict, map, imports: filesOf(file, code.matchAll(/\brequire\("((?:\.{1,2}\/|#)[^"\n]*)"\)/g)) }
}

function filesOf(file: string, imports: Iterable<RegExpExecArray>): readonly string[] {
  const found = Array.from(imports, ([, specifier = '']) => resolveFile(file, specifier))
  return [...new Set(found.filter((one) => one !== undefined))]
}

function toFault(file: string, text: string, error: unknown): Source {
  const [first] = transformErrors(error)
  if (first?.text.startsWith('Top-level await')) {
    const imports = text.matchAll(/(?:from|import)\s*\(?\s*['"]((?:\.{1,2}\/|#)[^'"\n]*)['"]/g)
    return { code: '', imports: filesOf(file, imports), awaits: true }
  }
  return {
    code: '',
    imports: [],
    error: new LoadError(first?.text ?? messageOf(error).trim(), file, first?.location?.line),
  }
}

interface TransformError {
  readonly text: string
  readonly location?: { readonly line: number } | null
}

function transformErrors(error: unknown): readonly TransformError[] {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors) ? error.errors : []
}

const endings = ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json']

/** The bot's own file that a specifier names; undefined for packages and for files that Node.js must load itself. */
export function resolveFile(importer: string, specifier: string): string | undefined {
  const path = specifier.startsWith('file:') ? fileURLToPath(specifier) : specifier
  if (path.startsWith('#')) return ownImport(importer, path)
  if (!isAbsolute(path) && !/^\.{1,2}(?:\/|$)/.test(path)) return undefined
  const target = resolve(dirname(importer), path)
  const asTypeScript = target.replace(/\.([mc]?)js$/, '.$1ts')
  const withEndings = [target, `${target}/index`].flatMap((path) => endings.map((end) => path + end))
  const found = [target, asTypeScript, ...withEndings].find(isFile)
  return found !== undefined && ownFiles.test(found) ? found : undefined
}

const ownFiles = /\.(?:[mc]?[jt]s|json)$/

/** Resolves a name such as `#lib/shared` in package.json's `imports` to a file. */
function ownImport(importer: string, name: string): string | undefined {
  try {
    const found = createRequire(importer).resolve(name)
    return isAbsolute(found) && ownFiles.test(found) && !/[\\/]node_modules[\\/]/.test(found) ? found : undefined
  } catch {
    return undefined // Node.js reports the error better
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** A file cannot be translated. */
export class LoadError extends Error {
  readonly file: string
  readonly line: number | undefined
  constructor(message: string, file: string, line?: number) {
    super(message)
    this.file = file
    this.line = line
  }
}
