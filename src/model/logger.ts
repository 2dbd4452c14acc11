/** Structured fields of a log line. Don't include tokens, secrets or message text. */
export type LogFields = Readonly<Record<string, unknown>>

/** A structured logger. */
export interface Logger {
  debug(facts: LogFields, message: string): void
  info(facts: LogFields, message: string): void
  warn(facts: LogFields, message: string): void
  error(facts: LogFields, message: string): void
  /** Returns a logger that adds `facts` to every line. */
  child(facts: LogFields): Logger
}

/** A logger that discards everything. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}
