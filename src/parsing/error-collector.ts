import { ConfigError } from '../model/errors.js'

/** What is wrong with one file, told at once: who mends one fault at a time loads the file once for each. */
export interface FaultList {
  add(fault: string): void
  /** What `work` gives; undefined where it throws a ConfigError, whose message is then one of the faults. */
  attempt<Value>(work: () => Value): Value | undefined
  /** One error with all that was found; undefined where there was nothing. */
  error(): ConfigError | undefined
}

/** Creates an empty list. */
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
