/** The headers of a response, by their names in lower case. */
export type ResponseHeaders = Readonly<Record<string, string | undefined>>

/** What the service's clock says, else ours. */
export function dateOf({ date }: ResponseHeaders): number {
  return Date.parse(valuesOf(date)[0] ?? '') || Date.now()
}

/** The values of a header, which are joined by commas where it came more than once; the comma in a date joins nothing. */
export function valuesOf(header = ''): readonly string[] {
  return header.split(/(?<!\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}),/i).map((value) => value.trim())
}
