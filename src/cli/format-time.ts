/** A time in UTC to the second, as in the log: `2030-01-01 08:00:00`. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}
