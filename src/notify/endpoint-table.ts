import type { Endpoint } from './endpoint.js'

/** An endpoint that a path leads to, and what stands in the path for its parameters, decoded once. */
export interface EndpointMatch {
  readonly endpoint: Endpoint
  readonly params: Readonly<Record<string, string>>
}

/** The addresses that senders post to. */
export interface EndpointTable {
  /** The path as endpoints see it; undefined where none of them begins as it does. */
  normalize(path: string): string | undefined
  /** All that the path leads to, whatever their methods. */
  match(path: string): readonly EndpointMatch[]
}

/** Creates the table of these endpoints; where several match, the first is meant. */
export function createEndpointTable(endpoints: readonly Endpoint[]): EndpointTable {
  const roots = new Set(endpoints.map(({ path }) => path.split('/')[1]))
  const patterns = endpoints.map((endpoint) => ({ endpoint, pattern: endpoint.path.split('/').slice(1) }))
  return {
    normalize(path) {
      const plain = path.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '')
      return roots.has(plain.split('/', 2)[1]) ? plain : undefined
    },
    match(path) {
      const segments = path.split('/').slice(1)
      return patterns.flatMap(({ endpoint, pattern }) => {
        const params = matchSegments(pattern, segments)
        return params ? [{ endpoint, params }] : []
      })
    },
  }
}

function matchSegments(pattern: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const segments = joinRest(pattern, given)
  if (segments.length !== pattern.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (/^[:*]/.test(part) && segment !== '') params[part.slice(1)] = decode(segment)
    else if (part !== segment) return undefined
  }
  return params
}

/** What stands for the pattern's `*` is one segment, with its slashes. */
function joinRest(pattern: readonly string[], segments: readonly string[]): readonly string[] {
  const star = pattern.findIndex((part) => part.startsWith('*'))
  const many = segments.length - pattern.length + 1
  if (star < 0 || many < 1) return segments
  return segments.toSpliced(star, many, segments.slice(star, star + many).join('/'))
}

/** Percent-decoded once. Old clients send names as they are, which HTTP reads as Latin-1; what is not encoded well stays. */
function decode(segment: string): string {
  const encoded = segment.replace(/[\x80-\xff]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
  try {
    return decodeURIComponent(encoded)
  } catch {
    return segment
  }
}
