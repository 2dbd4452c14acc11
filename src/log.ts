import { type DestinationStream, pino } from 'pino'
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
  if (format === 'json') return pino(options, togetherTo(destination))
  const colorize = process[to].isTTY === true && !process.env['NO_COLOR']
  const pretty = {
    destination,
    colorize,
    hideObject: true,
    ignore: 'pid',
    messageFormat: inOneLine,
    translateTime: 'SYS:HH:MM:ss',
  }
  return pino(options, PinoPretty({ ...pretty, sync: true }))
}

/** The message with its facts behind it; a stack trace stands below, as it is. */
function inOneLine({ level, time, pid, msg, error, ...facts }: Readonly<Record<string, unknown>>): string {
  const shown = Object.entries(facts).map(([name, fact]) => `${name}=${shownFact(fact)}`)
  const trace = typeof error === 'string' ? `\n${error.replace(/^/gm, '    ')}` : ''
  return [msg, ...shown].join('  ') + trace
}

function shownFact(fact: unknown): string {
  return typeof fact === 'string' && /^[\w./:*-]+$/.test(fact) ? fact : JSON.stringify(fact)
}

/** A place where lines that come within a moment are one write: each is a call of the system's. */
function togetherTo(fd: number): DestinationStream {
  const out = pino.destination({ dest: fd, sync: true, minLength: 64 * 1_024, maxWrite: 128 * 1_024 })
  const flush = () => {
    unwritten.delete(flush)
    out.flush() // `flushSync` would wait for the disk
  }
  return {
    write(line) {
      out.write(line)
      if (unwritten.has(flush)) return
      unwritten.add(flush)
      setTimeout(flush, togetherMs).unref()
    },
  }
}

const togetherMs = 20
const unwritten = new Set<() => void>()
process.on('exit', () => {
  for (const flush of unwritten) flush()
})

interface LogParts {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly to?: 'stdout' | 'stderr'
}

const secretNames = ['secret', 'oauthSecret', 'token', 'access_token', 'accessToken', 'authorization', 'signed_request']
const secretPaths = secretNames.flatMap((name) => [name, `*.${name}`])
