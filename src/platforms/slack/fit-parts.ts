/** A part of a card as it is drawn, and as the line of text that stands for it where it cannot be, or not whole. */
export interface CardPart<Drawn> {
  readonly drawn: Drawn
  readonly line: string
  readonly isWhole: boolean
}

/** Takes as many parts as there is room for, in their order; `left` are the lines of what is not shown whole. */
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

/** How much something takes of what a message may have: its characters, and those of what holds them. */
export function sizeOf(drawn: unknown): number {
  return JSON.stringify(drawn).replace(/\\./g, '.').length
}
