import { ApiError, InstallError } from '../errors.js'
import { readWebhook, type WebhookDefinition } from '../world/descriptor.js'
import type { Client, Room, Webhook } from '../world/state.js'
import { membersOf, placeIn } from './messages.js'
import type { RestDeps } from './rest-deps.js'
import type { Grant } from './scope-guard.js'

/** Webhooks by REST, in both of their generations: by key under `extension`, by id under `webhook`. */
export function webhookRoutes(deps: RestDeps): void {
  webhooksByKey(deps)
  webhooksById(deps)
  removeWebhooks(deps)
}

const extension = '/v2/room/:room/extension/webhook/:key'

function webhooksByKey({ route, clients, api, flush }: RestDeps): void {
  route('put', extension, ['admin_room'], (ctx, grant) => {
    const [client, room] = placeOf(grant, ctx.params['room'])
    const key = ctx.params['key'] ?? ''
    const given = membersOf(ctx)
    if ((given['key'] ?? key) !== key) throw new ApiError(400, "Field 'key' differs from the address", { field: 'key' })
    const definition = { ...read({ ...given, key }), roomId: room.id }
    client.webhooks = client.webhooks.filter((webhook) => webhook.key !== key || webhook.roomId !== room.id)
    const webhook = clients.addWebhook(client, definition)
    flush()
    ctx.status = 201
    ctx.set('Location', `${api()}/room/${room.id}/extension/webhook/${encodeURIComponent(key)}`)
    ctx.body = show(room, webhook, api)
  })

  route('get', extension, ['admin_room'], (ctx, grant) => {
    const [client, room] = placeOf(grant, ctx.params['room'])
    ctx.body = show(room, byKey(client, room, ctx.params['key']), api)
  })
}

function webhooksById({ route, clients, serializers, api, flush }: RestDeps): void {
  route('post', '/v2/room/:room/webhook', ['admin_room'], (ctx, grant) => {
    const [client, room] = placeOf(grant, ctx.params['room'])
    const { id } = clients.addWebhook(client, { ...read(membersOf(ctx)), roomId: room.id })
    flush()
    ctx.status = 201
    ctx.body = { id, links: { self: `${api()}/room/${room.id}/webhook/${id}` } }
  })

  route('get', '/v2/room/:room/webhook', ['admin_room'], (ctx, grant) => {
    const [client, room] = placeOf(grant, ctx.params['room'])
    const here = client.webhooks.filter(({ roomId }) => roomId === room.id).map((webhook) => show(room, webhook, api))
    ctx.body = serializers.page(here, `${api()}/room/${room.id}/webhook`, placeIn(ctx, 1000))
  })

  route('get', '/v2/room/:room/webhook/:id', ['admin_room'], (ctx, grant) => {
    const [client, room] = placeOf(grant, ctx.params['room'])
    const webhook = byId(client, room, ctx.params['id'])
    const creator = { id: client.key, name: client.name, links: { self: `${api()}/oauth/client/${client.oauthId}` } }
    ctx.body = { ...show(room, webhook, api), room: serializers.room(room), creator, created: webhook.created }
  })
}

function removeWebhooks({ route, flush }: RestDeps): void {
  for (const path of [extension, '/v2/room/:room/webhook/:id']) {
    route('delete', path, ['admin_room'], (ctx, grant) => {
      const [client, room] = placeOf(grant, ctx.params['room'])
      const { key, id } = ctx.params
      const gone = key === undefined ? byId(client, room, id) : byKey(client, room, key)
      client.webhooks = client.webhooks.filter((webhook) => webhook !== gone)
      flush()
      ctx.status = 204
    })
  }
}

function show(room: Room, { id, key, name, url, pattern, event, authentication }: Webhook, api: () => string) {
  return {
    id,
    ...(key === undefined ? {} : { key }),
    name: name ?? '',
    url,
    pattern: pattern ?? null,
    event,
    authentication,
    links: { self: `${api()}/room/${room.id}/webhook/${id}` },
  }
}

function placeOf(grant: Grant, room: string | undefined): readonly [client: Client, room: Room] {
  if (!grant.client) throw new ApiError(403, 'This action requires the token of an add-on')
  return [grant.client, grant.reach(room)]
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
