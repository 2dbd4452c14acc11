import { command, UsageError, whisper } from 'slashroom'
import { readConfig } from './_config.js'
import { current, type Rollout } from './_history.js'
import { rollOut } from './_rollout.js'
import { authorise, checkVersion, chooseOne, visible } from './_select-targets.js'
import type { Target } from './_target.js'

/** `/deploy start website 1.1.0 --env staging` deploys a version to a target. */
export default command({
  summary: 'Deploys a version of a service',
  options: {
    service: {
      type: 'string',
      positional: true,
      max: 32,
      summary: 'The service. Can be left out if there is only one',
    },
    version: { type: 'string', positional: true, max: 64, summary: 'Which version' },
    env: { type: 'string', alias: 'e', max: 32, summary: 'The environment. Default: the first one in deploy.yaml' },
  },
  examples: ['/deploy start website 1.1.0', '/deploy start website 1.1.0 --env prod'],
  timeout: '1h',
  async *run({ options, ...context }) {
    const config = await readConfig()
    if (config.fault !== undefined) return whisper(config.fault)
    const targets = visible(config.targets, context.invocation)
    const { service, version } = named(options, targets)
    const target = chooseOne(targets, service, options.env)
    authorise(target, context.invocation)
    if (version !== undefined) checkVersion(target, version)
    yield* rollOut({ kind: 'start', target, version: (past) => version ?? usualVersion(target, past) }, context)
  },
})

/** If there is only one service, its name may be left out; then a single word is the version. */
function named(
  { service, version }: { service?: string | undefined; version?: string | undefined },
  targets: readonly Target[],
) {
  const services = new Set(targets.map((target) => target.service.toLowerCase()))
  const isVersion = services.size === 1 && service !== undefined && version === undefined
  return isVersion && !services.has(service.toLowerCase()) ? { version: service } : { service, version }
}

function usualVersion(target: Target, past: readonly Rollout[]): string {
  const version = target.example ? nextOf(current(past)?.version ?? '1.0.0') : target.version
  if (version === undefined) throw new UsageError(`Which version of ${target.service}? Write it after the name.`)
  return checkVersion(target, version)
}

/** The example's next version: 1.0.1 after 1.0.0. */
function nextOf(version: string): string {
  return version.replace(/\d+$/, (patch) => `${(Number(patch) + 1) % 100_000}`)
}
