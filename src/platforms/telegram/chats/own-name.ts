import { isFailedCall } from '../../../delivery/retry-rule.js'
import { UnavailableError } from '../../../model/errors.js'
import { singleFlight } from '../../../shared/coalesce.js'
import { asRecord, readText } from '../../../shared/json.js'
import type { PlatformDeps } from '../../platform.js'
import type { Api } from '../api.js'
import type { Settings } from '../settings.js'
import { name } from '../wire.js'

/** The bot's user name, which people type after a command: `/status@deploy_bot`. */
export interface OwnName {
  /** The last known name. Throws UnavailableError while it is unknown. */
  get(): Promise<string>
  /** Asks the service. Throws what the API throws. */
  ask(): Promise<string>
}

/** Creates the lookup of the name, stored so that a process need not ask before its first command. */
export function createOwnName(
  deps: Pick<PlatformDeps, 'store'> & Pick<Settings, 'botId'> & { readonly api: Api },
): OwnName {
  const { api, store, botId } = deps
  const key = `${name}/name/${botId}`
  let known: string | undefined

  /** https://core.telegram.org/bots/api#getme */
  async function ask(): Promise<string> {
    const told = readText(asRecord(await api({ method: 'getMe' }))['username']) ?? ''
    if (told !== known) await store.set(key, told)
    known = told
    return told
  }

  const learn = singleFlight(async () => {
    known = readText(await store.get(key))
    return known ?? (await ask())
  })

  return {
    ask,
    async get() {
      if (known !== undefined) return known
      try {
        return await learn()
      } catch (error) {
        if (!isFailedCall(error)) throw error
        throw new UnavailableError('Telegram has not returned the name of the bot yet.', 5, { cause: error })
      }
    },
  }
}
