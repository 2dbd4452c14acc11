/** What people typed, in one line of a terminal: control characters could write over it, or steer it. */
export function sanitize(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()
  return plain.length > 200 ? `${plain.slice(0, 200)}…` : plain
}
