import { ApiError, InstallError } from '../errors.js'
import { readWebhook, type WebhookDefinition } from '../world/descriptor.js'
import type { Client, Person, Room, Webhook } from '../world/state.js'
import { membersOf, placeIn } from './messages.js'
import type { RestDeps } from './rest-deps.js'
import type { Grant } from './scope-guard.js'

/** Webhooks by REST in both versions: by key under `extension`, by id under `webhook`. */
export function webhookRoutes(deps: RestDeps): void {
  webhooksByKey(deps)
  webhooksById(deps)
  removeWebhooks(deps)
}

const extension = '/v2/room/:room/extension/webhook/:key'

function webhooksByKey({ route, clients, api, flush }: RestDeps): void {
  route('put', extension, ['admin_room'], (ctx, grant) => {
    const [owner, room] = placeOf(grant, ctx.params['room'])
    const key = ctx.params['key'] ?? ''
    const given = membersOf(ctx)
    if ((given['key'] ?? key) !== key) throw new ApiError(400, "Field 'key' differs from the address", { field: 'key' })
    const definition = { ...read({ ...given, key }), roomId: room.id }
    checkSigned(owner, definition)
    owner.webhooks = webhooksOf(owner).filter((webhook) => webhook.key !== key || webhook.roomId !== room.id)
    const webhook = clients.addWebhook(owner, definition)
    flush()
    ctx.status = 201
    ctx.set('Location', `${api()}/room/${room.id}/extension/webhook/${encodeURIComponent(key)}`)
    ctx.body = show(room, webhook, api)
  })

  route('get', extension, ['admin_room'], (ctx, grant) => {
    const [owner, room] = placeOf(grant, ctx.params['room'])
    ctx.body = show(room, byKey(owner, room, ctx.params['key']), api)
  })
}

function webhooksById({ route, clients, serializers, api, flush }: RestDeps): void {
  route('post', '/v2/room/:room/webhook', ['admin_room'], (ctx, grant) => {
    const [owner, room] = placeOf(grant, ctx.params['room'])
    const definition = { ...read(membersOf(ctx)), roomId: room.id }
    checkSigned(owner, definition)
    const { id } = clients.addWebhook(owner, definition)
    flush()
    ctx.status = 201
    ctx.body = { id, links: { self: `${api()}/room/${room.id}/webhook/${id}` } }
  })

  route('get', '/v2/room/:room/webhook', ['admin_room'], (ctx, grant) => {
    const [owner, room] = placeOf(grant, ctx.params['room'])
    const here = webhooksOf(owner)
      .filter(({ roomId }) => roomId === room.id)
      .map((webhook) => show(room, webhook, api))
    ctx.body = serializers.page(here, `${api()}/room/${room.id}/webhook`, placeIn(ctx, 1000))
  })

  route('get', '/v2/room/:room/webhook/:id', ['admin_room'], (ctx, grant) => {
    const [owner, room] = placeOf(grant, ctx.params['room'])
    const webhook = byId(owner, room, ctx.params['id'])
    const creator = 'oauthId' in owner ? addonCreator(owner, api) : serializers.person(owner)
    ctx.body = { ...show(room, webhook, api), room: serializers.room(room), creator, created: webhook.created }
  })
}

function removeWebhooks({ route, flush }: RestDeps): void {
  for (const path of [extension, '/v2/room/:room/webhook/:id']) {
    route('delete', path, ['admin_room'], (ctx, grant) => {
      const [owner, room] = placeOf(grant, ctx.params['room'])
      const { key, id } = ctx.params
      const gone = key === undefined ? byId(owner, room, id) : byKey(owner, room, key)
      owner.webhooks = webhooksOf(owner).filter((webhook) => webhook !== gone)
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

function addonCreator({ key, name, oauthId }: Client, api: () => string) {
  return { id: key, name, links: { self: `${api()}/oauth/client/${oauthId}` } }
}

/** The owner of a webhook: the installation or the person whose token created it. */
type Owner = Client | Person

function webhooksOf({ webhooks = [] }: Owner): readonly Webhook[] {
  return webhooks
}

function placeOf({ client, person, reach }: Grant, room: string | undefined): readonly [owner: Owner, room: Room] {
  const owner = client ?? person
  if (!owner) throw new ApiError(403, 'This action requires the token of an add-on or of a person')
  return [owner, reach(room)]
}

/** A person has no secret to sign a JWT with. */
function checkSigned(owner: Owner, { authentication }: WebhookDefinition): void {
  if ('oauthId' in owner || authentication === 'none') return
  const fault = { field: 'authentication', validation: 'enum' }
  throw new ApiError(400, "Only an add-on's webhook can have the authentication 'jwt'", fault)
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

function byKey(owner: Owner, room: Room, key: string | undefined): Webhook {
  const found = webhooksOf(owner).find((webhook) => webhook.key === key && webhook.roomId === room.id)
  if (!found) throw new ApiError(404, 'Extension not found')
  return found
}

function byId(owner: Owner, room: Room, id: string | undefined): Webhook {
  const found = webhooksOf(owner).find((webhook) => String(webhook.id) === id && webhook.roomId === room.id)
  if (!found) throw new ApiError(404, 'Webhook not found')
  return found
}
