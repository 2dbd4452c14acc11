import { ConfigError } from '../model/errors.js'

/** Reads a yes/no setting; unset or empty means no. Throws ConfigError, which names it. */
export function readYesNo(name: string, env: Readonly<Record<string, string | undefined>>): boolean {
  const given = env[name]?.trim() ?? ''
  if (/^(|no|false|0|off)$/i.test(given)) return false
  if (/^(yes|true|1|on)$/i.test(given)) return true
  throw new ConfigError(`${name} must be yes or no.`)
}
