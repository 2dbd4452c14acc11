import type { Router } from '@koa/router'
import { ApiError, InstallError } from '../errors.js'
import type { Clients } from '../world/clients.js'
import { readWebhook, type WebhookDefinition } from '../world/descriptor.js'
import type { Serializers } from '../world/serializers.js'
import type { Client, Room, Webhook } from '../world/state.js'
import type { World } from '../world/world.js'
import { membersOf, placeIn } from './messages.js'
import type { Grant, ScopeGuard } from './scope-guard.js'

/** What registering webhooks needs. */
export interface RegistrationDeps {
  readonly world: World
  readonly clients: Clients
  readonly serializers: Serializers
  readonly gate: ScopeGuard
  readonly api: () => string
  /** Keeps what changed at once. */
  readonly flush: () => void
}

/** Webhooks by REST, in both of their generations: by key under `extension`, by id under `webhook`. */
export function registrationRoutes(
  router: Router,
  { world, clients, serializers, gate, api, flush }: RegistrationDeps,
): void {
  const extension = '/v2/room/:room/extension/webhook/:key'

  const show = (room: Room, { id, key, name, url, pattern, event, authentication }: Webhook) => ({
    id,
    ...(key === undefined ? {} : { key }),
    name: name ?? '',
    url,
    pattern: pattern ?? null,
    event,
    authentication,
    links: { self: `${api()}/room/${room.id}/webhook/${id}` },
  })

  router.put(
    extension,
    gate(['admin_room'], (ctx, grant) => {
      const [client, room] = placeOf(grant, ctx.params['room'])
      const key = ctx.params['key'] ?? ''
      const given = membersOf(ctx)
      if ((given['key'] ?? key) !== key)
        throw new ApiError(400, "Field 'key' differs from the address", { field: 'key' })
      const definition = { ...read({ ...given, key }), roomId: room.id }
      client.webhooks = client.webhooks.filter((webhook) => webhook.key !== key || webhook.roomId !== room.id)
      const webhook = clients.addWebhook(client, definition)
      flush()
      ctx.status = 201
      ctx.set('Location', `${api()}/room/${room.id}/extension/webhook/${encodeURIComponent(key)}`)
      ctx.body = show(room, webhook)
    }),
  )

  router.get(
    extension,
    gate(['admin_room'], (ctx, grant) => {
      const [client, room] = placeOf(grant, ctx.params['room'])
      ctx.body = show(room, byKey(client, room, ctx.params['key']))
    }),
  )

  router.delete(
    extension,
    gate(['admin_room'], (ctx, grant) => {
      const [client, room] = placeOf(grant, ctx.params['room'])
      const gone = byKey(client, room, ctx.params['key'])
      client.webhooks = client.webhooks.filter((webhook) => webhook !== gone)
      flush()
      ctx.status = 204
    }),
  )

  router.post(
    '/v2/room/:room/webhook',
    gate(['admin_room'], (ctx, grant) => {
      const [client, room] = placeOf(grant, ctx.params['room'])
      const { id } = clients.addWebhook(client, { ...read(membersOf(ctx)), roomId: room.id })
      flush()
      ctx.status = 201
      ctx.body = { id, links: { self: `${api()}/room/${room.id}/webhook/${id}` } }
    }),
  )

  router.get(
    '/v2/room/:room/webhook',
    gate(['admin_room'], (ctx, grant) => {
      const [client, room] = placeOf(grant, ctx.params['room'])
      const here = client.webhooks.filter(({ roomId }) => roomId === room.id).map((webhook) => show(room, webhook))
      ctx.body = serializers.page(here, `${api()}/room/${room.id}/webhook`, placeIn(ctx, 1000))
    }),
  )

  router.get(
    '/v2/room/:room/webhook/:id',
    gate(['admin_room'], (ctx, grant) => {
      const [client, room] = placeOf(grant, ctx.params['room'])
      const webhook = byId(client, room, ctx.params['id'])
      const creator = { id: client.key, name: client.name, links: { self: `${api()}/oauth/client/${client.oauthId}` } }
      ctx.body = { ...show(room, webhook), room: serializers.room(room), creator, created: webhook.created }
    }),
  )

  router.delete(
    '/v2/room/:room/webhook/:id',
    gate(['admin_room'], (ctx, grant) => {
      const [client, room] = placeOf(grant, ctx.params['room'])
      const gone = byId(client, room, ctx.params['id'])
      client.webhooks = client.webhooks.filter((webhook) => webhook !== gone)
      flush()
      ctx.status = 204
    }),
  )

  function placeOf(grant: Grant, idOrName: string | undefined): readonly [client: Client, room: Room] {
    if (!grant.client) throw new ApiError(403, 'This action requires the token of an add-on')
    return [grant.client, grant.reach(idOrName ?? String(world.rooms()[0]?.id))]
  }
}

function read(given: object): WebhookDefinition {
  try {
    return readWebhook(given)
  } catch (error) {
    if (!(error instanceof InstallError)) throw error
    const [, field = 'webhook'] = /webhook\.(\w+)/.exec(error.message) ?? []
    throw new ApiError(400, error.message, { field, validation: 'format' })
  }
}

function byKey(client: Client, room: Room, key: string | undefined): Webhook {
  const found = client.webhooks.find((webhook) => webhook.key === key && webhook.roomId === room.id)
  if (!found) throw new ApiError(404, 'Extension not found')
  return found
}

function byId(client: Client, room: Room, id: string | undefined): Webhook {
  const found = client.webhooks.find((webhook) => String(webhook.id) === id && webhook.roomId === room.id)
  if (!found) throw new ApiError(404, 'Webhook not found')
  return found
}
