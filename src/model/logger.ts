/** Facts that go with a log line. Tokens, secrets and message bodies are never among them. */
export type Facts = Readonly<Record<string, unknown>>

/** Structured log lines. */
export interface Log {
  debug(facts: Facts, message: string): void
  info(facts: Facts, message: string): void
  warn(facts: Facts, message: string): void
  error(facts: Facts, message: string): void
  /** A log whose every line carries `facts`. */
  child(facts: Facts): Log
}

/** A log that says nothing. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
}
