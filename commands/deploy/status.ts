import { type CardField, type CommandOutput, card, command, type TenantStore, whisper } from 'slashroom'
import { readConfig } from './_config.js'
import { exampleNote } from './_example.js'
import { ago } from './_format.js'
import { current, type Rollout, readPast } from './_history.js'
import { type Holder, holderOf } from './_lock.js'
import { choose, visible } from './_select-targets.js'
import type { Target } from './_target.js'

interface State {
  readonly target: Target
  readonly now: Rollout | undefined
  readonly latest: Rollout | undefined
  readonly holder: Holder | undefined
}

const most = 25

/** `/deploy status` shows which version runs where. */
export default command({
  summary: 'Shows which version runs where',
  options: {
    service: { type: 'string', positional: true, max: 32, summary: 'The service. Default: all of them' },
    env: { type: 'string', alias: 'e', max: 32, summary: 'The environment. Default: all of them' },
  },
  examples: ['/deploy status', '/deploy status website --env staging'],
  idempotent: true,
  async run({ options, invocation, store }) {
    const config = await readConfig()
    if (config.fault !== undefined) return whisper(config.fault)
    const targets = choose(visible(config.targets, invocation), options.service, options.env)
    const states = await Promise.all(targets.slice(0, most).map((target) => stateOf(target, store)))
    const [only] = states
    return only && targets.length === 1 ? one(only) : all(states, targets.length - states.length)
  },
})

async function stateOf(target: Target, store: TenantStore): Promise<State> {
  const [past, holder] = await Promise.all([readPast(store, target), holderOf(store, target)])
  return { target, now: current(past), latest: past[0], holder }
}

function one(state: State): CommandOutput {
  const { target, now } = state
  const { service, env, url } = target
  return card(
    {
      title: now ? `${service} ${now.version} runs on ${env}` : `${service} has not been deployed to ${env} yet`,
      text: [news(state), target.example ? exampleNote : ''].filter(Boolean).join('\n'),
      fields: [
        { label: 'Service', value: service },
        { label: 'Env', value: env },
        { label: 'Version', value: now?.version ?? 'none' },
        ...(now
          ? [
              { label: 'Since', value: ago(now.at + (now.tookMs ?? 0)) },
              { label: 'By', value: now.by },
            ]
          : []),
      ],
      buttons: [{ label: 'History', command: `/deploy history ${service} --env ${env}` }],
      ...(url === undefined ? {} : { url }),
    },
    { tone: toneOf(state) },
  )
}

function all(states: readonly State[], more: number): CommandOutput {
  return card({
    title: 'What runs where',
    text: more > 0 ? `And ${more} more: name a service to see it.` : '',
    fields: states.map(
      (state): CardField => ({
        label: `${state.target.service} on ${state.target.env}`,
        value: [running(state.now), news(state)].filter(Boolean).join(' '),
        tone: toneOf(state),
      }),
    ),
  })
}

function running(now: Rollout | undefined): string {
  return now ? `${now.version}, ${ago(now.at + (now.tookMs ?? 0))}, by ${now.by}.` : 'Nothing yet.'
}

/** What has happened since the current version was deployed. */
function news({ now, latest, holder }: State): string {
  if (holder) return `${holder.by} is deploying, started ${ago(holder.at)}.`
  if (!latest || latest === now) return ''
  const how = latest.outcome === 'failed' ? `failed at ${latest.step}` : 'was interrupted'
  return `${latest.version} ${how} ${ago(latest.at)}.`
}

function toneOf({ now, latest, holder }: State) {
  if (holder) return 'info'
  if (!latest) return 'neutral'
  return latest === now ? 'good' : 'warning'
}
