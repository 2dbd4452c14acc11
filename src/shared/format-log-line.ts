import { styleText } from 'node:util'
import { asRecord, parseJson } from './json.js'
import { escapeJson, toPrintable, toPrintableLines } from './printable.js'

/** A log line for people: time, level, message and fields in one line, with a stack trace below. */
export function formatLogLine(json: string, colored: boolean): string {
  const { level, time, pid: _, msg, error, ...facts } = asRecord(parseJson(json))
  const style: Style = (format, text) => (colored ? styleText(format, text, { validateStream: false }) : text)
  const trace = typeof error === 'string' ? error : undefined
  const others = error === undefined || trace !== undefined ? facts : { error, ...facts }
  const label = toPrintable(String(level))
  return [
    `[${timeOfDay(time)}] ${style(colors[label] ?? 'reset', label.toUpperCase())}:`,
    [
      style('cyan', toPrintable(String(msg ?? ''))),
      ...Object.entries(others).map(([name, fact]) => `${toPrintable(name)}=${formatFact(fact)}`),
    ].join('  ') + (trace === undefined ? '' : `\n${toPrintableLines(trace).replace(/^/gm, '    ')}`),
  ].join(' ')
}

type Style = (format: Parameters<typeof styleText>[0], text: string) => string

const colors: Readonly<Record<string, 'red' | 'yellow' | 'green' | 'blue' | undefined>> = {
  fatal: 'red',
  error: 'red',
  warn: 'yellow',
  info: 'green',
  debug: 'blue',
}

/** In local time. */
function timeOfDay(time: unknown): string {
  return new Date(String(time)).toTimeString().slice(0, 8)
}

function formatFact(fact: unknown): string {
  return typeof fact === 'string' && /^[\w./:*-]+$/.test(fact) ? fact : escapeJson(JSON.stringify(fact))
}
