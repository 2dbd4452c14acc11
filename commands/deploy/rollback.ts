import { command, UsageError, whisper } from 'slashroom'
import { readConfig } from './_config.js'
import { versionBefore } from './_history.js'
import { rollOut } from './_rollout.js'
import { authorise, chooseOne, visible } from './_select-targets.js'

/** `/deploy rollback website` restores the last good version before the current one. */
export default command({
  summary: 'Restores the last good version of a service',
  options: {
    service: {
      type: 'string',
      positional: true,
      max: 32,
      summary: 'The service. Can be left out if there is only one',
    },
    env: { type: 'string', alias: 'e', max: 32, summary: 'The environment. Default: the first one in deploy.yaml' },
  },
  examples: ['/deploy rollback website', '/deploy rollback website --env prod'],
  confirm: 'Restore the last good version?',
  timeout: '1h',
  async *run({ options, ...context }) {
    const config = await readConfig()
    if (config.fault !== undefined) return whisper(config.fault)
    const target = chooseOne(visible(config.targets, context.invocation), options.service, options.env)
    authorise(target, context.invocation)
    yield* rollOut(
      {
        kind: 'rollback',
        target,
        version(past) {
          const version = versionBefore(past)
          if (version !== undefined) return version
          throw new UsageError(`There is no earlier version of ${target.service} on ${target.env} to go back to.`)
        },
      },
      context,
    )
  },
})
