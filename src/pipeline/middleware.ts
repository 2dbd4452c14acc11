import { normalizeReply, stepsOf } from '../delivery/normalize-reply.js'
import type { CommandContext, CommandMiddleware } from '../model/command.js'
import type { Reply } from '../model/reply.js'

/** Wraps a command's `run` in middleware, outermost first. */
export function wrapRun(
  run: (call: CommandContext) => unknown,
  middleware: readonly CommandMiddleware[],
): (call: CommandContext) => unknown {
  return middleware.reduceRight<(call: CommandContext) => unknown>(
    (inner, wrap) => (call) => wrap(call, () => repliesOf(inner, call)),
    run,
  )
}

/** The replies of a run, which starts when the first one is requested. */
async function* repliesOf(run: (call: CommandContext) => unknown, call: CommandContext): AsyncGenerator<Reply, void> {
  const answers = await run(call)
  const steps = stepsOf(answers)
  let isDone = steps === undefined
  if (!steps) {
    const reply = normalizeReply(answers)
    if (reply) yield reply
  }
  try {
    while (steps && !isDone) {
      const step = await steps.next()
      isDone = step.done === true
      const reply = normalizeReply(step.value)
      if (reply) yield reply
    }
  } finally {
    if (!isDone) await steps?.return?.(undefined)
  }
}
