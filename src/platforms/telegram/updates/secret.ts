import { safeEqual } from '../../../shared/crypto.js'
import { isRecord, parseObject } from '../../../shared/json.js'
import { randomToken } from '../../../shared/random-token.js'
import type { PlatformDeps } from '../../platform.js'
import type { Settings } from '../settings.js'
import { name } from '../wire.js'

/** The secret that the service sends with each webhook. */
export interface WebhookSecret {
  /** Whether a token is the current secret, or the previous one while webhooks with it may still arrive. */
  isKnown(token: string): Promise<boolean>
  /** The secret to set: created if there is none, and replaced when it is old. */
  toTell(): Promise<string>
  /** Records that the service has it: after a while, the previous one is invalid. */
  told(): Promise<void>
}

/** What storing the secret needs. */
export interface WebhookSecretDeps
  extends Pick<PlatformDeps, 'store' | 'encryptor'>,
    Pick<Settings, 'secretToken' | 'botId'> {
  readonly now?: () => number
}

/** Creates the secret: the operator's, otherwise one of the bot's own, encrypted in the store and shared by all processes. */
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

  /** If the key is lost, a new secret is created. */
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
      // Another process may have changed it. Wrong guesses do not cause a read each time.
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

/** How long a process may use an old secret; only forgers would notice. */
const rereadMs = 1_000
const lifeMs = 30 * 24 * 3_600_000
/** How long webhooks with the previous secret may still arrive. */
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
