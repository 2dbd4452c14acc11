import { isRecord } from '../../shared/json.js'

/** The object that a reference stands for; undefined if there is none. */
export type Resolve = (reference: Readonly<Record<string, unknown>>) => object | undefined

/** Replaces references with objects along paths such as `items.owner`; missing ones stay. */
export function expand(body: unknown, paths: string, resolve: Resolve): unknown {
  return paths
    .split(',')
    .map((path) => path.trim().split('.').filter(Boolean))
    .reduce((expanded, path) => expandPath(expanded, path.slice(0, deepest), resolve), body)
}

const deepest = 5

function expandPath(value: unknown, path: readonly string[], resolve: Resolve): unknown {
  if (Array.isArray(value)) return value.map((one) => expandPath(one, path, resolve))
  if (!isRecord(value)) return value
  const [name, ...rest] = path
  if (name === undefined) return { ...value, ...resolve(value) }
  // A path may continue in something that the reference lacks.
  const whole = name in value ? value : { ...value, ...resolve(value) }
  return name in whole ? { ...whole, [name]: expandPath(whole[name as keyof typeof whole], rest, resolve) } : value
}
