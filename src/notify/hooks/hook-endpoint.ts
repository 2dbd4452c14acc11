import { randomUUID } from 'node:crypto'
import { HttpError } from '../../model/errors.js'
import type { HookDelivery } from '../../model/hook.js'
import type { LogFields, Logger } from '../../model/logger.js'
import { displayPath } from '../../shared/display-path.js'
import { stackOf } from '../../shared/error-details.js'
import { orUnavailable } from '../../stores/or-unavailable.js'
import type { Store } from '../../stores/store.js'
import type { Endpoint, Notifier, SenderAnswer, SenderRequest } from '../endpoint.js'
import { problem } from '../formats/problem.js'
import { createOccurrences, type Occurrences } from './alert-incident-key.js'
import { authenticateDelivery } from './authenticate-delivery.js'
import { createDeliveryBudget } from './delivery-budget.js'
import { FailedHookError } from './failed-hook-error.js'
import type { HookDirectory, LoadedHook } from './hook-directory.js'
import { parseEvent } from './parse-event.js'
import { runHook } from './run-hook.js'
import { toPost } from './to-post.js'

interface HookEndpointDeps {
  readonly directory: Pick<HookDirectory, 'find'>
  /** The environment with the secrets for hooks. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly store: Store
  readonly log: Logger
  /** Logs why a delivery is not verified; rate-limited, because strangers can cause it. */
  readonly warn: (facts: LogFields, message: string) => void
  /** The time limit for one delivery. */
  readonly runMs?: number
  readonly verifyMs?: number
}

/** Creates `POST /hooks/:name`, which posts what the hook makes of a delivery. */
export function createHookEndpoint(given: HookEndpointDeps): Endpoint {
  const deps: Deps = { runMs: 30_000, verifyMs: 10_000, ...given, occurrences: createOccurrences(given.store) }
  const budget = createDeliveryBudget()
  return {
    methods: ['POST'],
    path: '/hooks/:name',
    async enter(request, { name = '' }, notifier) {
      const loaded = deps.directory.find(name)
      if (!loaded) throw new HttpError('There is no such hook.', 404)
      return await budget.use(request.body.length, () => take(loaded, toDelivery(request), notifier, deps))
    },
    refuse: problem,
  }
}

type Deps = Required<HookEndpointDeps> & { readonly occurrences: Occurrences }

function toDelivery({ headers, query, body }: SenderRequest): HookDelivery {
  const single = Object.entries(headers).map(([name, value]) => [name, value?.toString()] as const)
  return { headers: Object.fromEntries(single), query, body }
}

/** If the author's code fails, the answer is 500 and the delivery is not recorded, so a retry runs again. */
async function take(loaded: LoadedHook, delivery: HookDelivery, notifier: Notifier, deps: Deps): Promise<SenderAnswer> {
  try {
    return await post(loaded, delivery, notifier, deps)
  } catch (error) {
    if (error instanceof FailedHookError) return reportFailure(loaded, error.cause, deps.log)
    throw error
  }
}

async function post(loaded: LoadedHook, delivery: HookDelivery, notifier: Notifier, deps: Deps): Promise<SenderAnswer> {
  const { sender, headers } = await authenticateDelivery(loaded, delivery, notifier, deps)
  const event = parseEvent(delivery.body, delivery.headers['content-type'])
  const given = await runHook(loaded.hook, { ...delivery, event }, deps.runMs)
  if (!given) return { status: 204, headers }
  const { id } = await notifier.post(sender, await orUnavailable(() => toPost(loaded.name, given, delivery, deps)))
  if (given.updateKey !== undefined && given.closesKey) await deps.occurrences.end(loaded.name, given.updateKey)
  return {
    status: 202,
    headers: { ...headers, 'slashroom-notification': id, 'content-type': 'application/json' },
    body: JSON.stringify({ id }),
  }
}

function reportFailure({ name, file, locate }: LoadedHook, error: unknown, log: Logger): SenderAnswer {
  const id = randomUUID()
  log.error({ hook: name, file: displayPath(file), id, error: locate(stackOf(error)) }, 'hook failed')
  return problem({ status: 500, message: `The hook failed. The log has more under ${id}.`, headers: {} })
}
