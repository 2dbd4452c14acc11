import { readFile } from 'node:fs/promises'
import { ConfigError } from '../model/errors.js'
import { codeOf } from '../shared/error-details.js'
import { noPolicy, type Policy } from './policy.js'

/** Reads the operator's policy: the file that is named, or `policy.yaml` where there is one. Throws ConfigError. */
export async function loadPolicy(named?: string): Promise<Policy> {
  const file = named ?? 'policy.yaml'
  try {
    const text = await readFile(file, 'utf8')
    const { parsePolicy } = await import('./parse-policy.js') // few have one, and what reads it is large
    return parsePolicy(text, file)
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const reason = codeOf(error) || String(error)
    if (named === undefined && reason === 'ENOENT') return noPolicy
    throw new ConfigError(`POLICY_FILE: ${file} cannot be read (${reason}).`)
  }
}
