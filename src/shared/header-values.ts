/** The headers of a response by name, in lower case. */
export type ResponseHeaders = Readonly<Record<string, string | undefined>>

/** The time by the service's clock, else by ours. */
export function dateOf({ date }: ResponseHeaders): number {
  return Date.parse(valuesOf(date)[0] ?? '') || Date.now()
}

/** The values of a header that may be repeated; Node.js joins them with commas, and the comma in a date does not count. */
export function valuesOf(header = ''): readonly string[] {
  return header.split(/(?<!\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}),/i).map((value) => value.trim())
}
