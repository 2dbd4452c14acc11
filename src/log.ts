import { pino } from 'pino'
import { PinoPretty } from 'pino-pretty'
import type { LogFormat, LogLevel } from './config.js'
import type { Log } from './model/log.js'

/** Structured lines, on standard output if not told otherwise: JSON for machines, `pretty` for a terminal. Known secrets are blanked. */
export function createLog({ level, format, to = 'stdout' }: LogParts): Log {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '[secret]' },
  }
  const destination = process[to].fd
  if (format === 'json') return pino(options, pino.destination(destination))
  const colorize = process[to].isTTY === true && !process.env['NO_COLOR']
  return pino(options, PinoPretty({ destination, colorize, ignore: 'pid', translateTime: 'SYS:HH:MM:ss', sync: true }))
}

interface LogParts {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly to?: 'stdout' | 'stderr'
}

const secretNames = ['secret', 'oauthSecret', 'token', 'access_token', 'accessToken', 'authorization', 'signed_request']
const secretPaths = secretNames.flatMap((name) => [name, `*.${name}`])
