import { safeEqual } from '../../../shared/crypto.js'
import { isRecord, parseObject } from '../../../shared/json.js'
import { randomToken } from '../../../shared/random-token.js'
import type { PlatformDeps } from '../../platform.js'
import type { Settings } from '../settings.js'
import { name } from '../wire.js'

/** What webhooks are proven with: the service sends it along with each. */
export interface WebhookSecret {
  /** Whether a webhook's token is the secret, or the one before it while that may still be on its way. */
  isKnown(token: string): Promise<boolean>
  /** The secret to tell the service: made where there is none, and another where it is old. */
  toTell(): Promise<string>
  /** The service has been told: after a while the secret before it is good no longer. */
  told(): Promise<void>
}

/** What the secret is kept with. */
export interface WebhookSecretDeps
  extends Pick<PlatformDeps, 'store' | 'encryptor'>,
    Pick<Settings, 'secretToken' | 'botId'> {
  readonly now?: () => number
}

/** Creates the secret: the operator's where one is set, else one of the bot's own, encrypted in the store for all processes. */
export function createWebhookSecret(deps: WebhookSecretDeps): WebhookSecret {
  return deps.secretToken ? fixedSecret(deps.secretToken) : ownSecret(deps)
}

function fixedSecret(secretToken: string): WebhookSecret {
  return {
    isKnown: async (token) => safeEqual(token, secretToken),
    toTell: async () => secretToken,
    told: async () => {},
  }
}

function ownSecret({ store, encryptor, botId, now = Date.now }: WebhookSecretDeps): WebhookSecret {
  const key = `${name}/secret/${botId}`
  let known: Secret | undefined
  let readAt = Number.NEGATIVE_INFINITY

  async function read(): Promise<Secret | undefined> {
    readAt = performance.now()
    const kept = await store.get(key)
    known = typeof kept === 'string' ? decrypt(kept) : isRecord(kept) ? toSecret(kept) : undefined
    return known
  }

  /** Encrypted with a key that is gone: another is made. */
  function decrypt(kept: string): Secret | undefined {
    try {
      return encryptor && toSecret(parseObject(encryptor.decrypt(kept, key)))
    } catch {
      return undefined
    }
  }

  async function save(secret: Secret): Promise<void> {
    await store.set(key, encryptor ? encryptor.encrypt(JSON.stringify(secret), key) : { ...secret })
    known = secret
  }

  return {
    async isKnown(token) {
      if (known && matches(known, token)) return true
      // Another process may have made another. Whoever guesses does not make us read it each time.
      if (performance.now() - readAt < rereadMs) return false
      const kept = await read()
      return kept !== undefined && matches(kept, token)
    },
    async toTell() {
      const kept = await read()
      if (kept && now() - kept.madeAt < lifeMs) return kept.current
      const current = randomToken(64)
      await save({ current, madeAt: now(), ...(kept ? { previous: kept.current } : {}) })
      return current
    },
    async told() {
      const kept = await read()
      if (!kept) return
      const { previous, toldAt = now(), ...rest } = kept
      const isOver = now() - toldAt > graceMs
      if (kept.toldAt === undefined || (previous && isOver))
        await save({ ...rest, toldAt, ...(previous && !isOver ? { previous } : {}) })
    },
  }
}

interface Secret {
  readonly current: string
  readonly previous?: string
  readonly madeAt: number
  readonly toldAt?: number
}

/** The longest that a process goes by an old secret; forgers are the only ones to notice. */
const rereadMs = 1_000
const lifeMs = 30 * 24 * 3_600_000
/** How long what was sent with the secret before may be on its way. */
const graceMs = 3_600_000

function matches({ current, previous }: Secret, token: string): boolean {
  return safeEqual(current, token) || (previous !== undefined && safeEqual(previous, token))
}

function toSecret(kept: Record<string, unknown> | undefined): Secret | undefined {
  const { current, previous, madeAt, toldAt } = kept ?? {}
  if (typeof current !== 'string' || typeof madeAt !== 'number') return undefined
  return {
    current,
    madeAt,
    ...(typeof previous === 'string' ? { previous } : {}),
    ...(typeof toldAt === 'number' ? { toldAt } : {}),
  }
}
