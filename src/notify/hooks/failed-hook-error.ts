/** What an author's code threw, or that it took too long: the hook's fault, not the bot's or the sender's. */
export class FailedHookError extends Error {}

/** What `work` gives; FailedHookError, with what was thrown as its cause, where it fails. */
export async function asHookFault<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work()
  } catch (error) {
    throw new FailedHookError('the hook failed', { cause: error })
  }
}
