import { relative } from 'node:path'

/** A file as people here call it: from where the process was started, or whole where it is not below. */
export function displayPath(file: string): string {
  const path = relative('.', file)
  return path.startsWith('..') ? file : path
}
