import { reasonOf } from '../../../delivery/retry-rule.js'
import type { Logger } from '../../../model/logger.js'
import { asRecord, isRecord, readText } from '../../../shared/json.js'
import type { Accept, Ack } from '../../platform.js'
import type { Api } from '../api.js'
import type { OwnName } from '../chats/own-name.js'
import { allowedUpdates, readUpdate } from '../wire.js'
import type { ReadVerified } from './enrich-update.js'
import { pause } from './pause.js'

/** What polling needs. */
export interface PollDeps {
  readonly api: Api
  readonly readVerified: ReadVerified
  readonly ownName: OwnName
  readonly log: Logger
}

/**
 * Polls the service for updates. Each request confirms the updates before its offset, so it only covers what the journal has
 * stored. Resolves when the signal aborts. https://core.telegram.org/bots/api#getupdates
 */
export async function poll(deps: PollDeps, accept: Accept, signal: AbortSignal, connected: () => void): Promise<void> {
  const { api, readVerified, ownName, log } = deps
  let offset: number | undefined

  async function ask(timeout: number): Promise<readonly unknown[]> {
    const behind = offset === undefined ? {} : { offset }
    const args = { timeout, limit: mostAtOnce, allowed_updates: allowedUpdates, ...behind }
    const sent = await api({ method: 'getUpdates', args, timeoutMs: (timeout + 10) * 1_000, signal })
    return Array.isArray(sent) ? sent : []
  }

  async function take(sent: unknown): Promise<void> {
    const update = readUpdate(sent)
    if (update) await act(await accept(await readVerified(update, Date.now(), 'polling')))
    const id = asRecord(sent)['update_id']
    if (typeof id === 'number') offset = Math.floor(id) + 1
  }

  /** The answer in a webhook's response is a separate call here; it is not retried. */
  async function act({ body }: Ack): Promise<void> {
    const { method, ...args } = isRecord(body) ? body : {}
    if (!readText(method)) return
    await api({ method: String(method), args }).catch((error: unknown) => {
      log.debug({ method, error: String(error) }, 'a pressed button could not be confirmed')
    })
  }

  /** Confirms the last updates, so that they are not sent to the next process. */
  async function confirm(): Promise<void> {
    const args = { timeout: 0, limit: 1, allowed_updates: allowedUpdates, offset }
    if (offset !== undefined) await api({ method: 'getUpdates', args, timeoutMs: 2_000 }).catch(() => undefined)
  }

  await stopWebhook(api, signal).catch(passIfUnknown)
  await ownName.ask().catch(passIfUnknown)
  try {
    for (let timeout = 0; !signal.aborted; timeout = longestSeconds) {
      const [began, before] = [performance.now(), offset]
      const updates = await ask(timeout)
      if (timeout === 0) connected()
      for (const update of updates) await take(update)
      // A stand-in for the service may answer immediately.
      if (timeout > 0 && offset === before && performance.now() - began < 1_000) await pause(500, signal)
    }
  } finally {
    if (signal.aborted) await confirm()
  }
}

/** Polling is refused while a webhook is set. https://core.telegram.org/bots/api#deletewebhook */
async function stopWebhook(api: Api, signal: AbortSignal): Promise<void> {
  await api({ method: 'deleteWebhook', args: { drop_pending_updates: false }, signal })
}

/** A stand-in may lack these methods; if the bot is unknown, the next call says so. */
function passIfUnknown(error: unknown): void {
  if (reasonOf(error) !== 404) throw error
}

/** The HTTP client waits 30 seconds for the head of a response. */
const longestSeconds = 25
const mostAtOnce = 100
