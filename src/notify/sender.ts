/** The sender that a token stands for. */
export interface Sender {
  /** Constant for the token's lifetime, and reveals nothing about it. */
  readonly id: string
  /** The operator's name for the token. */
  readonly name: string
  /** `post`: notifications. `command`: commands from HipChat's "Add a command". */
  readonly kind: 'post' | 'command'
  /** The rooms as written when the token was created: names, ids, aliases. */
  readonly rooms: 'all' | readonly string[]
  /** Whether its posts may mention people. */
  readonly mentions: boolean
  /** The rate limit; undefined: none. */
  readonly rate: RateLimit | undefined
  /** In milliseconds since 1970; undefined: never. */
  readonly expiresAt?: number | undefined
  /** The room's own address to post the result of a slow command to. */
  readonly replyTo?: string | undefined
}

/** This many posts within this many milliseconds. */
export interface RateLimit {
  readonly count: number
  readonly windowMs: number
}
