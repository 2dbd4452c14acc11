import type { Logger } from '../../../model/logger.js'
import { asRecord } from '../../../shared/json.js'
import type { Api } from '../api.js'
import type { OwnName } from '../chats/own-name.js'
import { allowedUpdates, name, webhookPath } from '../wire.js'
import { pause } from './pause.js'
import type { WebhookSecret } from './secret.js'

/** What setting the webhook needs. */
export interface HoldWebhookDeps {
  readonly api: Api
  readonly baseUrl: string
  readonly secret: WebhookSecret
  readonly ownName: OwnName
  readonly log: Logger
  /** How often to check it, in milliseconds. */
  readonly checkMs?: number
}

/**
 * Sets the webhook and its secret, checks regularly that it is still set, and renews the secret. Resolves when the signal aborts;
 * the webhook stays. https://core.telegram.org/bots/api#setwebhook
 */
export async function holdWebhook(deps: HoldWebhookDeps, signal: AbortSignal, connected: () => void): Promise<void> {
  const { api, baseUrl, secret, ownName, log, checkMs = 10 * 60_000 } = deps
  const url = `${baseUrl}/${name}${webhookPath}`
  let told: string | undefined
  let saidAt: unknown

  async function set(): Promise<void> {
    const secret_token = await secret.toTell()
    await api({ method: 'setWebhook', args: { url, secret_token, allowed_updates: allowedUpdates }, signal })
    told = secret_token
    await secret.told()
    log.info({ url }, 'the webhook is set')
  }

  /** https://core.telegram.org/bots/api#getwebhookinfo */
  async function check(): Promise<void> {
    const {
      url: standing,
      last_error_message: fault,
      last_error_date: at,
    } = asRecord(await api({ method: 'getWebhookInfo', signal }))
    if (standing !== url) log.warn({}, 'the webhook was changed or removed: setting it again')
    else if (fault !== undefined && at !== saidAt) log.warn({ fault }, 'Telegram could not post to the webhook')
    saidAt = at
    if (standing !== url || (await secret.toTell()) !== told) await set()
    else await secret.told()
  }

  await set()
  await ownName
    .ask()
    .catch((error: unknown) => log.debug({ error: String(error) }, 'the bot’s name is asked for later'))
  connected()
  for (await pause(checkMs, signal); !signal.aborted; await pause(checkMs, signal)) await check()
}
