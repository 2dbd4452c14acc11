/** What a step is told: the only things of the room's that reach it. */
export interface Values {
  readonly service: string
  readonly env: string
  readonly version: string
}

/** How a step went: in a word (`exit code 3`), and the end of what it put out. */
export interface StepResult {
  readonly ok: boolean
  readonly word: string
  readonly output: string
}

/** Characters of output that are kept of one step, from its end. */
export const mostOutput = 16_384
