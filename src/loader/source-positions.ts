import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import { prologue } from './fast-compile.js'
import type { Source } from './transpile.js'

type Sources = ReadonlyMap<string, Source>

/** A position in a file. */
export interface SourceLine {
  readonly file: string
  readonly line: number
}

/** Maps positions in a stack trace from translated code to the sources. */
export function locateFrames(stack: string, sources: Sources): string {
  return stack.replace(frames, (whole, path: string, line: string, column: string) => {
    const file = toFile(path)
    const place = originalPosition(sources.get(file), Number(line), Number(column))
    return place ? `${file}:${place.line}:${place.column}` : whole
  })
}

/** The first of the bot's own files in a stack trace, and the line in it. */
export function firstOwnFrame(stack: string, sources: Sources): SourceLine | undefined {
  for (const [, path = '', line, column] of stack.matchAll(frames)) {
    const file = toFile(path)
    const source = sources.get(file)
    if (source) return { file, line: originalPosition(source, Number(line), Number(column))?.line ?? Number(line) }
  }
  return undefined
}

/** `file:line:column` at the end of a stack trace line; the path may contain spaces. */
const frames = /(?<=\(|at |at async )((?:file:\/\/)?(?:\/|[A-Za-z]:\\)[^\n]*?):(\d+):(\d+)(?=\)?$)/gm

function toFile(path: string): string {
  return path.startsWith('file:') ? fileURLToPath(path) : path
}

function originalPosition(source: Source | undefined, line: number, column: number) {
  if (source?.body && line === 1) return { line, column: column - prologue.length }
  const map = source?.map
  const compiled = map ? new SourceMap(JSON.parse(map)).findEntry(line - 1, column - 1) : {}
  return isMapping(compiled) ? { line: compiled.originalLine + 1, column: compiled.originalColumn + 1 } : undefined
}

function isMapping(compiled: object): compiled is { originalLine: number; originalColumn: number } {
  return 'originalLine' in compiled && typeof compiled.originalLine === 'number'
}
