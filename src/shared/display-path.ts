import { relative } from 'node:path'

/** A file's path for messages: relative to the working directory, or absolute if it is not below it. */
export function displayPath(file: string): string {
  const path = relative('.', file)
  return path.startsWith('..') ? file : path
}
