import { createRequire } from 'node:module'
import { type DestinationStream, pino } from 'pino'
import type { LogFormat, LogLevel } from './config.js'
import type { LogFields, Logger } from './model/logger.js'

/** Structured lines, on standard output if not told otherwise: JSON for machines, `pretty` for a terminal. Known secrets are blanked. */
export function createLogger({ level, format, to = 'stdout' }: LoggerOptions): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp,
    formatters: { level: (label: string) => ({ level: label }), log: blank },
    serializers: {
      err: (error: unknown) => (error instanceof Error ? blank({ ...pino.stdSerializers.err(error) }) : error),
    },
  }
  const destination = process[to].fd
  if (format === 'json') return blankChildren(pino(options, togetherTo(destination)))
  const { PinoPretty } = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty') // on terminals only
  const colorize = process[to].isTTY === true && !process.env['NO_COLOR']
  const pretty = {
    destination,
    colorize,
    hideObject: true,
    ignore: 'pid',
    messageFormat: inOneLine,
    translateTime: 'SYS:HH:MM:ss',
  }
  return blankChildren(pino(options, PinoPretty({ ...pretty, sync: true })))
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

let [stampedAt, stamp] = [0, '']

/** Lines of one millisecond have the same time. */
function timestamp(): string {
  const now = Date.now()
  if (now !== stampedAt) stamp = `,"time":"${new Date(now).toISOString()}"`
  stampedAt = now
  return stamp
}

/** What a child carries is written once, and passes none of the formatters. */
function blankChildren(log: Logger): Logger {
  const child = log.child.bind(log)
  return Object.assign(log, { child: (facts: LogFields) => blankChildren(child(blank(facts))) })
}

/** The facts without known secrets, at the top and one level below; the same object where there are none. */
function blank(facts: LogFields): LogFields {
  return blankIn(facts, (fact) => (isRecord(fact) ? blankIn(fact, asItIs) : fact))
}

function blankIn(facts: LogFields, show: (fact: unknown) => unknown): LogFields {
  let blanked: Record<string, unknown> | undefined
  for (const name of Object.keys(facts)) {
    const fact = facts[name]
    const shown = secretNames.has(name) ? '[secret]' : show(fact)
    if (shown === fact) continue
    blanked ??= { ...facts }
    blanked[name] = shown
  }
  return blanked ?? facts
}

const asItIs = (fact: unknown): unknown => fact

/** An error has a way of its own into the log. */
function isRecord(fact: unknown): fact is LogFields {
  return typeof fact === 'object' && fact !== null && !Array.isArray(fact) && !(fact instanceof Error)
}

interface LoggerOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly to?: 'stdout' | 'stderr'
}

const secretNames = new Set([
  'secret',
  'oauthSecret',
  'token',
  'access_token',
  'accessToken',
  'authorization',
  'signed_request',
])
