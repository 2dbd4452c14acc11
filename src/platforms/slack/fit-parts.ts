/** A part of a card as blocks, and as a line of text if it does not fit, or not completely. */
export interface CardPart<Drawn> {
  readonly drawn: Drawn
  readonly line: string
  readonly isWhole: boolean
}

/** Takes as many parts as fit, in order; `left` has the lines of the others. */
export function placeParts<Drawn>(
  parts: readonly CardPart<Drawn>[],
  most: number,
  room: number,
): { readonly shown: readonly Drawn[]; readonly left: readonly string[]; readonly size: number } {
  let [count, size] = [0, 0]
  for (const { drawn } of parts.slice(0, most)) {
    const taken = sizeOf(drawn)
    if (size + taken > room) break
    count += 1
    size += taken
  }
  const shown = parts.slice(0, count).map(({ drawn }) => drawn)
  const left = parts.filter(({ isWhole }, at) => at >= count || !isWhole).map(({ line }) => line)
  return { shown, left, size }
}

/** The size of a part: the characters of its strings, and of the objects around them. */
export function sizeOf(drawn: unknown): number {
  return JSON.stringify(drawn).replace(/\\./g, '.').length
}
