/** Who may deploy to a target: somebody who matches an entry in each of the lists given. */
export interface Who {
  readonly tenants?: readonly string[]
  readonly rooms?: readonly string[]
  readonly users?: readonly string[]
  readonly roles?: readonly string[]
}

/** What a step does. */
export type Work =
  | { readonly kind: 'shell'; readonly script: string; readonly cwd: string; readonly pass: readonly string[] }
  | {
      readonly kind: 'http'
      readonly method: string
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      readonly body: unknown
      /** Empty: any 2xx. */
      readonly expect: readonly number[]
    }
  | { readonly kind: 'pause'; readonly ms: number }

/** One step of a rollout. */
export interface Step {
  readonly name: string
  readonly timeoutMs: number
  readonly work: Work
}

/** One service in one environment. */
export interface Target {
  readonly service: string
  readonly env: string
  readonly url?: string
  readonly allow: 'everyone' | Who
  /** Matches the whole of a valid version. */
  readonly versions?: RegExp
  /** The default version. */
  readonly version?: string
  readonly timeoutMs: number
  readonly steps: readonly Step[]
  readonly rollback: readonly Step[]
  /** True for the built-in one. */
  readonly example?: true
}
