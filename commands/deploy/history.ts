import { command, say, whisper } from 'slashroom'
import { readConfig } from './_config.js'
import { ago, count, lasting } from './_format.js'
import { type Rollout, readPast } from './_history.js'
import { holderOf } from './_lock.js'
import { chooseOne, visible } from './_select-targets.js'

/** `/deploy history website` lists the last deployments, newest first. */
export default command({
  summary: 'Lists the last deployments of a service',
  options: {
    service: {
      type: 'string',
      positional: true,
      max: 32,
      summary: 'The service. Can be left out if there is only one',
    },
    env: { type: 'string', alias: 'e', max: 32, summary: 'The environment. Default: the first one in deploy.yaml' },
    limit: { type: 'integer', alias: 'n', min: 1, max: 50, default: 10, summary: 'How many' },
  },
  examples: ['/deploy history website --env prod --limit 3'],
  idempotent: true,
  async run({ options, invocation, store }) {
    const config = await readConfig()
    if (config.fault !== undefined) return whisper(config.fault)
    const target = chooseOne(visible(config.targets, invocation), options.service, options.env)
    const [past, holder] = await Promise.all([readPast(store, target), holderOf(store, target)])
    const shown = past.slice(0, options.limit)
    if (shown.length === 0) return say(`${target.service} has not been deployed to ${target.env} yet.`)
    const head = `The last ${count(shown.length, 'deployment')} of ${target.service} on ${target.env}:`
    return say([head, ...shown.map((rollout) => line(rollout, rollout.id === holder?.id))].join('\n'))
  },
})

function line({ kind, version, by, at, tookMs, outcome, step }: Rollout, runs: boolean): string {
  const how = {
    good: kind === 'rollback' ? 'brought back' : 'deployed',
    failed: `failed at ${step}`,
    stopped: `stopped at ${step}`,
    running: runs ? 'under way' : 'interrupted',
  }[outcome]
  return `${version} · ${how} ${ago(at)} by ${by}${tookMs === undefined ? '' : ` · took ${lasting(tookMs)}`}`
}
