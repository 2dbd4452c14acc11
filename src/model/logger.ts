/** Facts that go with a log line. Tokens, secrets and message bodies are never among them. */
export type LogFields = Readonly<Record<string, unknown>>

/** Structured log lines. */
export interface Logger {
  debug(facts: LogFields, message: string): void
  info(facts: LogFields, message: string): void
  warn(facts: LogFields, message: string): void
  error(facts: LogFields, message: string): void
  /** A log whose every line carries `facts`. */
  child(facts: LogFields): Logger
}

/** A log that says nothing. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}
