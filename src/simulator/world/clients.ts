import { randomUUID } from 'node:crypto'
import { safeEqual } from '../../shared/crypto.js'
import { randomToken } from '../../shared/random-token.js'
import type { Descriptor, WebhookDefinition } from './descriptor.js'
import type { World } from './group.js'
import type { Client, Token, Webhook } from './state.js'

/** The OAuth clients of all installations with their tokens. */
export interface Clients {
  all(): readonly Client[]
  find(oauthId: string): Client | undefined
  /** The client with this id and secret. */
  authenticate(oauthId: string, oauthSecret: string): Client | undefined
  create(descriptor: Descriptor, place: { descriptorUrl: string; roomId?: number; pending: boolean }): Client
  /** Applies a newer descriptor; webhooks registered by REST stay. */
  update(client: Client, descriptor: Descriptor): void
  /** Removes an installation with its tokens and webhooks. */
  remove(client: Client): void
  /** Adds a webhook to an installation or a person. */
  addWebhook(owner: { webhooks?: Webhook[] }, definition: WebhookDefinition): Webhook
  issue(token: Omit<Token, 'token' | 'expiresAt'>): Token
  /** The access token with this text. */
  token(text: string): Token | undefined
  /** The refresh token or code with this text; a code can be used once. */
  redeem(text: string, kind: 'code' | 'refresh'): Token | undefined
  revoke(token: Token): void
  /** Revokes the tokens of one or all installations. */
  expire(oauthId?: string): void
}

/** Creates clients and tokens in the world's state; add-ons' tokens live `tokenSeconds`, people's a year. */
export function createClients({ world, tokenSeconds }: { world: World; tokenSeconds: number }): Clients {
  const { state } = world

  function lifeOf(kind: Token['kind']): number {
    if (kind === 'code') return 600_000
    return kind === 'addon' || kind === 'user' ? tokenSeconds * 1000 : yearMs
  }

  function find(text: string): Token | undefined {
    return state.tokens.find(({ token, expiresAt }) => expiresAt > world.now() && safeEqual(token, text))
  }

  const clients: Clients = {
    all: () => state.clients,
    find: (oauthId) => state.clients.find((client) => client.oauthId === oauthId),

    authenticate(oauthId, oauthSecret) {
      const client = clients.find(oauthId)
      return client && safeEqual(client.oauthSecret, oauthSecret) ? client : undefined
    },

    create(descriptor, place) {
      const own = { oauthId: randomUUID(), oauthSecret: randomToken(40), installedAt: world.date() }
      const client: Client = { ...own, ...place, ...described(descriptor), webhooks: [] }
      state.clients.push(client)
      for (const definition of descriptor.webhooks) clients.addWebhook(client, definition)
      return client
    },

    update(client, descriptor) {
      Object.assign(client, described(descriptor))
      client.webhooks = client.webhooks.filter(({ roomId }) => roomId !== undefined)
      for (const definition of descriptor.webhooks) clients.addWebhook(client, definition)
    },

    remove(client) {
      state.clients = state.clients.filter((one) => one !== client)
      state.tokens = state.tokens.filter(({ oauthId }) => oauthId !== client.oauthId)
    },

    addWebhook(owner, definition) {
      const webhook = { ...definition, id: world.nextId(), created: world.date() }
      owner.webhooks = [...(owner.webhooks ?? []), webhook]
      return webhook
    },

    issue(wanted) {
      const token = { ...wanted, token: randomToken(40), expiresAt: world.now() + lifeOf(wanted.kind) }
      const living = state.tokens.filter(({ expiresAt }) => expiresAt > world.now())
      state.tokens = [...living.slice(1 - mostTokens), token]
      return token
    },

    token(text) {
      const found = find(text)
      return found?.kind === 'code' || found?.kind === 'refresh' ? undefined : found
    },

    redeem(text, kind) {
      const found = find(text)
      if (found?.kind !== kind) return undefined
      if (kind === 'code') clients.revoke(found)
      return found
    },

    revoke(token) {
      state.tokens = state.tokens.filter((one) => one !== token)
    },

    expire(oauthId) {
      state.tokens = oauthId === undefined ? [] : state.tokens.filter((token) => token.oauthId !== oauthId)
    },
  }
  return clients
}

/** An installation as shown to people, without its secret. */
export function showAddon(client: Client) {
  const { oauthId, key, name, from, avatar, roomId, pending, scopes, descriptorUrl, webhooks } = client
  return { oauthId, key, name, from, avatar, roomId, pending, scopes, descriptorUrl, webhooks }
}

const mostTokens = 1000
const yearMs = 365 * 86_400_000

function described({ key, name, from, avatar, scopes, installable, redirectUrls }: Descriptor) {
  return { key, name, from, scopes: [...scopes], installable, redirectUrls, ...(avatar ? { avatar } : {}) }
}
