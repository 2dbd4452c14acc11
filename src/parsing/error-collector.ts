import { ConfigError } from '../model/errors.js'

/** Collects all errors of a file, so that its author can fix them in one go. */
export interface FaultList {
  add(fault: string): void
  /** Returns the result of `work`; undefined if it throws a ConfigError, which is collected. */
  attempt<Value>(work: () => Value): Value | undefined
  /** One error with everything that was collected; undefined if there was none. */
  error(): ConfigError | undefined
}

/** Creates an empty collector. */
export function createFaultList(): FaultList {
  const faults: string[] = []
  return {
    add: (fault) => void faults.push(fault),
    attempt(work) {
      try {
        return work()
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        faults.push(error.message)
        return undefined
      }
    },
    error() {
      if (faults.length === 0) return undefined
      return new ConfigError(
        faults.map((fault, index) => (faults[index + 1] ? fault.replace(/\.$/, '') : fault)).join('; '),
      )
    },
  }
}
