/** A place in a YAML file: keys and indexes from the top. */
export type Path = readonly (string | number)[]

/** An error in the file, and its place. */
export class ShapeError extends Error {
  readonly path: Path
  constructor(path: Path, message: string) {
    super(message)
    this.path = path
  }
}

/** Reads a mapping with no keys other than the `known` ones. */
export function mapping(value: unknown, path: Path, known?: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ShapeError(path, `${named(path)} must be a mapping of keys to values`)
  }
  const stranger = known && Object.keys(value).find((key) => !known.includes(key))
  if (stranger !== undefined) {
    throw new ShapeError([...path, stranger], `“${stranger}” is not known here; use one of: ${known?.join(', ')}`)
  }
  return Object.fromEntries(Object.entries(value))
}

/** Reads a list of at least one item; `read` reads each. */
export function list<Item>(value: unknown, path: Path, read: (item: unknown, path: Path) => Item): readonly Item[] {
  if (!Array.isArray(value) || value.length === 0) throw new ShapeError(path, `${named(path)} must be a list`)
  return value.map((item, index) => read(item, [...path, index]))
}

/** Reads a string; the whole of it must match `pattern`, if given. */
export function text(value: unknown, path: Path, pattern = /\S/): string {
  if (typeof value === 'number') throw new ShapeError(path, `${named(path)} must be a string: put it in quotes`)
  if (typeof value !== 'string' || value.trim() === '') throw new ShapeError(path, `${named(path)} must be a string`)
  if (!pattern.test(value)) throw new ShapeError(path, `${named(path)} contains characters that are not allowed`)
  return value
}

/** Reads a duration such as `90s` or `10m`, in milliseconds; `otherwise` if there is none. */
export function time(value: unknown, path: Path, otherwise: number): number {
  if (value === undefined) return otherwise
  const [, amount, unit] = (typeof value === 'string' && /^(\d{1,4})(s|m|h)$/.exec(value)) || []
  const ms = Number(amount) * (unit === 'h' ? 3_600_000 : unit === 'm' ? 60_000 : 1000)
  if (!(ms > 0 && ms <= 3_600_000))
    throw new ShapeError(path, `${named(path)} must be a duration of up to 1h, like 90s or 10m`)
  return ms
}

function named(path: Path): string {
  const key = path.findLast((part) => typeof part === 'string')
  return key === undefined ? 'The file' : `“${key}”`
}
