/** Who posts: what a token stands for. */
export interface Sender {
  /** Stays the same for as long as the token does, and gives nothing of it away. */
  readonly id: string
  /** What the operator called the token. */
  readonly name: string
  /** `post`: notifications. `command`: commands that HipChat's "Add a command" sends. */
  readonly kind: 'post' | 'command'
  /** The rooms as they were written when the token was made: names, ids, aliases. */
  readonly rooms: 'all' | readonly string[]
  /** Whether what it posts may wake people by mentioning them. */
  readonly mentions: boolean
  /** How many posts in how many milliseconds; undefined: no limit. */
  readonly rate: RateLimit | undefined
  /** In milliseconds since 1970; undefined: never. */
  readonly expiresAt?: number | undefined
  /** Where the result of a slow command goes: an address of the room's own. */
  readonly replyTo?: string | undefined
}

/** So many posts within so many milliseconds. */
export interface RateLimit {
  readonly count: number
  readonly windowMs: number
}
