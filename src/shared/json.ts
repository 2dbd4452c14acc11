/** What a service sent as JSON; undefined where it is none. */
export function parseJson(json: Buffer | string): unknown {
  try {
    return JSON.parse(json.toString())
  } catch {
    return undefined
  }
}

/** A JSON object that a service sent; undefined where it is none. */
export function parseObject(json: Buffer | string): Record<string, unknown> | undefined {
  const parsed = parseJson(json)
  return isRecord(parsed) ? parsed : undefined
}

/** Whether `value` is an object with members by name. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What has members by name; one without any, in place of all else. */
export function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

/** The value if it is a string that is not empty. */
export function readText(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
