/** One call to the outside. */
export interface RequestOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** Milliseconds for the whole call. Default 10,000. */
  readonly timeoutMs?: number
  /** Bytes of the answer at most. Default 1 MiB. */
  readonly maxBytes?: number
  /** True: addresses of private networks and of this machine may be called, because the operator named the host. */
  readonly privateAllowed?: boolean
  readonly signal?: AbortSignal
}

/** The whole answer. Redirects are not followed: a 3xx is an answer like any other. */
export interface Answer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Calls the outside over kept connections, bounded in time and size. Throws NetworkError. */
export type Request = (url: string, options?: RequestOptions) => Promise<Answer>
