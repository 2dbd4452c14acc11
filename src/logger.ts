import { type DestinationStream, pino } from 'pino'
import type { LogFormat, LogLevel } from './config.js'
import type { LogFields, Logger } from './model/logger.js'
import { formatLogLine } from './shared/format-log-line.js'
import { escapeJson } from './shared/printable.js'
import { redact } from './shared/redact.js'

/** Structured lines, on standard output if not told otherwise: JSON for machines, `pretty` for a terminal. Known secrets are blanked. */
export function createLogger({ level, format, to = 'stdout' }: LoggerOptions): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp,
    formatters: { level: (label: string) => ({ level: label }), log: redact },
    serializers: { err: asItIs }, // `redact` has made fields of it
  }
  const { fd, isTTY } = process[to]
  const colored = isTTY === true && !process.env['NO_COLOR']
  return redactChildren(pino(options, format === 'json' ? batchedTo(fd) : prettyTo(fd, colored)))
}

/** Lines for people: each in one line, with a stack trace below it. */
function prettyTo(fd: number, colored: boolean): DestinationStream {
  const out = pino.destination({ dest: fd, sync: true })
  return { write: (line) => void out.write(`${formatLogLine(line, colored)}\n`) }
}

/** Lines that come within a moment are one write: each is a call of the system's. */
function batchedTo(fd: number): DestinationStream {
  const out = pino.destination({ dest: fd, sync: true })
  let batch = ''
  const flush = () => {
    unwritten.delete(flush)
    if (batch === '') return
    const lines = batch
    batch = ''
    out.write(escapeJson(lines)) // by the batch: that is cheaper than line by line
  }
  return {
    write(line) {
      batch += line
      if (batch.length > maxBatch) return flush()
      if (unwritten.has(flush)) return
      unwritten.add(flush)
      setTimeout(flush, togetherMs).unref()
    },
  }
}

const maxBatch = 64 * 1_024
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
function redactChildren(log: Logger): Logger {
  const child = log.child.bind(log)
  return Object.assign(log, { child: (facts: LogFields) => redactChildren(child(redact(facts))) })
}

const asItIs = (fact: unknown): unknown => fact

interface LoggerOptions {
  readonly level: LogLevel
  readonly format: LogFormat
  readonly to?: 'stdout' | 'stderr'
}
