import { STATUS_CODES } from 'node:http'

/** An error that the API answers in the server's own envelope. */
export class ApiError extends Error {
  readonly status: number
  /** Further members of the envelope besides code, message and type. */
  readonly more: Readonly<Record<string, unknown>>
  constructor(status: number, message: string, more: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.status = status
    this.more = more
  }
}

/** The body for an error status. */
export function envelope(status: number, message: string, more: Readonly<Record<string, unknown>> = {}): object {
  return { error: { code: status, ...more, message, type: STATUS_CODES[status] ?? 'Error' } }
}

/** An installation failed. The message is for the user who requested it. */
export class InstallError extends Error {
  /** What to do about it. */
  readonly advice: string | undefined
  constructor(message: string, { advice, ...options }: ErrorOptions & { readonly advice?: string } = {}) {
    super(message, options)
    this.advice = advice
  }
}
