/** The author's code threw or took too long: not the bot's or the sender's fault. */
export class FailedHookError extends Error {}

/** The result of `work`; throws FailedHookError with the original error as its cause. */
export async function asHookFault<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    throw new FailedHookError('the hook failed', { cause: error })
  }
}
