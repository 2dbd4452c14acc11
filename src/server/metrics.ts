import type Router from '@koa/router'
import type { WorkQueue } from '../journal/work-queue.js'
import type { Invocation } from '../model/invocation.js'
import type { Outcome } from '../model/reply.js'
import { createMetricsRegistry } from './metrics-registry.js'
import type { Exposition } from './prometheus.js'

/** The metrics of `GET /metrics`, and how the bot's parts report to them. All times are in milliseconds. */
export interface Metrics {
  accepted(invocation: Invocation, ms: number): void
  ended(invocation: Invocation, command: string, outcome: Outcome, ms: number): void
  attempt(result: 'delivered' | 'retried' | 'refused', invocation: Invocation, ms: number): void
  unverified(reason: string, path: string): void
  tokenFetched(platform: string): void
  /** A connection that the bot opened was established, lost or refused. */
  connection(platform: string, event: string): void
  /** A notification ended in one room. */
  notified(sender: string, outcome: Outcome): void
  routes(router: Router): void
}

/** Creates the metrics. `connected` returns 1 or 0 for each platform that has a connection. */
export function createMetrics(
  { open, held }: Pick<WorkQueue, 'open' | 'held'>,
  connected: () => Readonly<Record<string, number>> = () => ({}),
): Metrics {
  const { figures, counter, gauge, histogram } = createMetricsRegistry(buckets)
  const acks = histogram('slashroom_ack_seconds', 'From a webhook to its acknowledgement.', ['platform'])
  const ended = counter('slashroom_invocations_total', 'Calls that ended.', ['platform', 'command', 'outcome'])
  const runs = histogram('slashroom_run_seconds', 'From a call’s beginning to its end.', ['platform', 'command'])
  const attempted = counter('slashroom_delivery_attempts_total', 'Replies handed over.', ['platform', 'result'])
  const deliveries = histogram('slashroom_delivery_seconds', 'One attempt to hand over a reply.', ['platform'])
  const refused = counter('slashroom_unverified_total', 'Requests that could not be verified.', ['platform', 'reason'])
  const accepted = counter('slashroom_accepted_total', 'Invocations written down.', ['platform'])
  const tokens = counter('slashroom_token_fetches_total', 'Access tokens asked for.', ['platform'])
  const notified = counter('slashroom_notify_rooms_total', 'Notifications that ended, by room.', ['token', 'outcome'])
  gauge('slashroom_open_invocations', 'Accepted and not ended yet, in this process.', 'state', open)
  gauge(
    'slashroom_held_invocations',
    'Invocations that wait because a limit is reached, by the kind of limit.',
    'share',
    held,
  )
  const connections = counter('slashroom_connections_total', 'What became of connections that the bot opened.', [
    'platform',
    'event',
  ])
  gauge('slashroom_connected', 'Whether this process is connected.', 'platform', connected)
  let shown: Promise<Exposition> | undefined

  return {
    accepted({ platform }, ms) {
      accepted(platform)
      acks(ms, platform)
    },
    ended({ platform }, command, outcome, ms) {
      ended(platform, command, outcome)
      runs(ms, platform, command)
    },
    attempt(result, { platform }, ms) {
      attempted(platform, result)
      deliveries(ms, platform)
    },
    unverified: (reason, path) => refused(path.split('/', 2)[1] ?? '', reason),
    connection: (platform, event) => connections(platform, event),
    tokenFetched: (platform) => tokens(platform),
    notified: (sender, outcome) => notified(sender, outcome),
    routes(router) {
      router.get('/metrics', async (ctx) => {
        shown ??= import('./prometheus.js').then(({ createExposition }) => createExposition(figures))
        const { contentType, text } = await shown
        ctx.type = contentType
        ctx.body = await text()
      })
    },
  }
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
