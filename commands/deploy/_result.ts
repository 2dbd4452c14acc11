/** What a step is told: nothing else from the room reaches it. */
export interface Values {
  readonly service: string
  readonly env: string
  readonly version: string
}

/** A step's result: in a few words (`exit code 3`), and the end of its output. */
export interface StepResult {
  readonly ok: boolean
  readonly word: string
  readonly output: string
}

/** How many characters of a step's output are kept, from its end. */
export const mostOutput = 16_384
