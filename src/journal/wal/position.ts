/** Positions continue from file to file; each file has this many. */
const span = 2 ** 32

/** The file of a position, and the offset in it. */
export function toSegmentOffset(position: number): { readonly number: number; readonly at: number } {
  return { number: Math.floor(position / span), at: position % span }
}

export function toPosition(number: number, at: number): number {
  return number * span + at
}
