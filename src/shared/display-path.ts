import { relative } from 'node:path'

/** A path for messages: relative if it is below the working directory, else absolute. */
export function displayPath(file: string): string {
  const path = relative('.', file)
  return path.startsWith('..') ? file : path
}
