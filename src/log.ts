import { pino } from 'pino'
import { PinoPretty } from 'pino-pretty'
import type { LogFormat, LogLevel } from './config.js'
import type { Log } from './model/log.js'

/** Structured lines on standard output: JSON for machines, `pretty` for a terminal. Known secrets are blanked. */
export function createLog({ level, format }: { readonly level: LogLevel; readonly format: LogFormat }): Log {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '[secret]' },
  }
  if (format === 'json') return pino(options)
  return pino(
    options,
    PinoPretty({ colorize: process.stdout.isTTY === true, ignore: 'pid', translateTime: 'SYS:HH:MM:ss', sync: true }),
  )
}

const secretNames = ['secret', 'oauthSecret', 'token', 'access_token', 'accessToken', 'authorization', 'signed_request']
const secretPaths = secretNames.flatMap((name) => [name, `*.${name}`])
