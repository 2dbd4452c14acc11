import { readFile } from 'node:fs/promises'
import { ConfigError } from '../model/errors.js'
import { codeOf } from '../shared/error-details.js'
import { noPolicy, type Policy } from './policy.js'

/**
 * Loads the operator's policy: the given file, or `policy.yaml` or `policy.yml` if one exists. Throws ConfigError, also if
 * both exist.
 */
export async function loadPolicy(named?: string): Promise<Policy> {
  const candidates = named === undefined ? ['policy.yaml', 'policy.yml'] : [named]
  const texts = await Promise.all(candidates.map((file) => readIfThere(file)))
  const [found, other] = candidates.flatMap((file, index) => {
    const text = texts[index]
    return text === undefined ? [] : [{ file, text }]
  })
  if (other) throw new ConfigError(`Both ${candidates.join(' and ')} exist: remove one, or set POLICY_FILE.`)
  if (!found && named !== undefined) throw new ConfigError(`POLICY_FILE: ${named} cannot be read (ENOENT).`)
  if (!found) return noPolicy
  const { parsePolicy } = await import('./parse-policy.js') // few bots have one, and the YAML parser is large
  return parsePolicy(found.text, found.file)
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    const reason = codeOf(error) || String(error)
    if (reason === 'ENOENT') return undefined
    throw new ConfigError(`POLICY_FILE: ${file} cannot be read (${reason}).`)
  }
}
