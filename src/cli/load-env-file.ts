import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { ConfigError } from '../model/errors.js'
import { codeOf, messageOf } from '../shared/error-details.js'

/** Reads `.env` into the environment, whose existing values take precedence. Throws ConfigError if it cannot be read. */
export function loadEnvFile(env = process.env): void {
  const text = readEnvFile()
  if (text === undefined) return
  for (const [name, value] of Object.entries(parseEnv(text))) env[name] ??= value
}

function readEnvFile(): string | undefined {
  try {
    return readFileSync('.env', 'utf8')
  } catch (error) {
    if (['ENOENT', 'EISDIR'].includes(codeOf(error))) return undefined // Python virtual environments may be folders of this name
    throw new ConfigError(`.env cannot be read: ${messageOf(error)}`, { cause: error })
  }
}
