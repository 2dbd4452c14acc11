import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { exampleTarget } from './_example.js'
import type { Target } from './_target.js'

/** The targets, or an error in the file as a sentence for the room. */
export type Config =
  | { readonly targets: readonly Target[]; readonly fault?: undefined }
  | { readonly fault: string; readonly targets?: undefined }

/** Reads `deploy.yaml` next to this file, or the file named by DEPLOY_FILE; without one, there is an example target. */
export async function readConfig(file = process.env['DEPLOY_FILE'] ?? besideThis('deploy.yaml')): Promise<Config> {
  const source = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' && !process.env['DEPLOY_FILE']) return undefined
    return error
  })
  if (source === undefined) return { targets: [exampleTarget] }
  if (typeof source !== 'string') return { fault: `I cannot read deploy.yaml (${source.code ?? source.name}).` }
  const { parseConfig } = await import('./_parse-config.js') // a library of seventy files, which no start waits for
  return parseConfig(source, dirname(resolve(file)))
}

function besideThis(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
