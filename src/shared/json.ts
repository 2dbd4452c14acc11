/** Parses JSON that a service sent; undefined if it is invalid. */
export function parseJson(json: Buffer | string): unknown {
  try {
    return JSON.parse(json.toString())
  } catch {
    return undefined
  }
}

/** Parses a JSON object that a service sent; undefined if it is not one. */
export function parseObject(json: Buffer | string): Record<string, unknown> | undefined {
  const parsed = parseJson(json)
  return isRecord(parsed) ? parsed : undefined
}

/** Whether `value` is an object with members by name. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value if it is an object; an empty object otherwise. */
export function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

/** The value if it is a string that is not empty. */
export function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
