import type { Endpoint } from './endpoint.js'

/** The endpoint of a path, with its decoded parameters. */
export interface EndpointMatch {
  readonly endpoint: Endpoint
  readonly params: Readonly<Record<string, string>>
}

/** The addresses that senders post to. */
export interface EndpointTable {
  /** The path in normal form; undefined if no endpoint begins like it. */
  normalize(path: string): string | undefined
  /** All endpoints that match the path, regardless of method. */
  match(path: string): readonly EndpointMatch[]
}

/** Creates the table; the first of several matches takes precedence. */
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

/** The part that matches `*` is one segment, including its slashes. */
function joinRest(pattern: readonly string[], segments: readonly string[]): readonly string[] {
  const star = pattern.findIndex((part) => part.startsWith('*'))
  const many = segments.length - pattern.length + 1
  if (star < 0 || many < 1) return segments
  return segments.toSpliced(star, many, segments.slice(star, star + many).join('/'))
}

/** Percent-decodes once. Old clients send raw names, which HTTP reads as Latin-1; invalid encodings stay. */
function decode(segment: string): string {
  const encoded = segment.replace(/[\x80-\xff]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
  try {
    return decodeURIComponent(encoded)
  } catch {
    return segment
  }
}
