import type { LogFields, Logger } from '../../model/logger.js'
import { displayPath } from '../../shared/display-path.js'
import { packageFile } from '../../shared/package-path.js'
import { redact } from '../../shared/redact.js'
import type { CommandFailure } from '../../simulator/events.js'
import type { CallNote } from './observe-calls.js'

type Level = 'debug' | 'info' | 'warn' | 'error'

/** A log whose lines about a call are told too, those of the command itself among them. */
export function observeLog(log: Logger, tell: CallNote, carried: LogFields = {}): Logger {
  const write = (level: Level) => (facts: LogFields, message: string) => {
    log[level](facts, message)
    const { invocation, command: _, platform: __, ...others } = redact({ ...carried, ...facts })
    // How it ended, and what came of each attempt to deliver, is told by the platform.
    const isTold = 'outcome' in others || ('attempt' in others && level !== 'error')
    if (typeof invocation === 'string' && !isTold) tell(invocation, noteOf(level, message, others))
  }
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (facts) => observeLog(log.child(facts), tell, { ...carried, ...facts }),
  }
}

function noteOf(level: Level, message: string, { error, ...others }: LogFields): Parameters<CallNote>[1] {
  const failure = level === 'error' && typeof error === 'string' ? failureOf(error) : undefined
  const reason = typeof error === 'string' ? `: ${error.split('\n', 1)[0]}` : ''
  const detail = failure?.stack ?? (Object.keys(others).length > 0 ? JSON.stringify(others, null, 2) : undefined)
  return {
    step: failure ? 'failed' : 'log',
    text: `Log, ${level}: ${message}${reason}`,
    ...(detail ? { detail } : {}),
    ...(level === 'warn' || level === 'error' ? { tone: 'bad' } : {}),
    ...(failure ? { failure } : {}),
  }
}

/** What a stack says: its first line, the rest where there is more, and the first place in it that is the author's. */
function failureOf(error: string): CommandFailure {
  const lines = error.split('\n').filter((line) => !isOurs(line))
  const [, file, line] = lines.map((one) => frame.exec(one)).find((found) => found !== null) ?? []
  return {
    summary: lines[0] ?? '',
    ...(lines.length > 1 ? { stack: lines.join('\n') } : {}),
    ...(file && line ? { where: `${displayPath(file)}:${line}` } : {}),
  }
}

const frame = /^ {4}at (?:.*\()?(?:async )?(?:file:\/\/)?((?:\/|[A-Za-z]:\\).*?):(\d+):\d+\)?$/

/** A frame of Node.js or of slashroom itself, where an author has nothing to look for. */
function isOurs(line: string): boolean {
  if (!line.startsWith('    at ')) return false
  return /\bnode:|\(<anonymous>\)$/.test(line) || ownFolders.some((folder) => line.includes(folder))
}

/** Where slashroom's own code is, bundled or not. */
const ownFolders = [packageFile('dist/'), packageFile('src/')]
