/** Runs `task` every `ms` milliseconds without overlap; errors go to `failed`, and it runs again next time. */
export function repeat(
  task: () => Promise<void>,
  ms: number,
  failed: (error: unknown) => void,
  { atOnce = false } = {},
): NodeJS.Timeout {
  let busy = false
  const attempt = async () => {
    if (busy) return
    busy = true
    await task().catch(failed)
    busy = false
  }
  if (atOnce) void attempt()
  return setInterval(attempt, ms).unref()
}
