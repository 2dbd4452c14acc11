import { messageOf } from '../../shared/error-details.js'
import { InstallError } from '../errors.js'
import { scopes as knownScopes } from './capabilities.js'
import {
  checkKeysDiffer,
  readAddress,
  readBoolean,
  readKey,
  readList,
  readObject,
  readOptionalString,
  readString,
  refuse,
} from './descriptor-fields.js'
import { checkModules } from './descriptor-modules.js'
import type { Installable, Webhook } from './state.js'
import { compilePattern } from './webhook-pattern.js'

/** What the server reads from an add-on's descriptor. */
export interface Descriptor {
  readonly key: string
  readonly name: string
  readonly from: string
  readonly avatar?: string
  readonly scopes: readonly string[]
  readonly installable: Installable
  readonly webhooks: readonly WebhookDefinition[]
  readonly redirectUrls: readonly string[]
}

/** A webhook without an id. */
export type WebhookDefinition = Omit<Webhook, 'id' | 'created'>

/** The events for webhooks. */
export const events = (
  'room_archived room_created room_deleted room_enter room_exit room_file_upload room_message room_notification ' +
  'room_topic_change room_unarchived'
).split(' ')

/** Reads a descriptor as leniently as the real server: unknown members are ignored, old forms accepted. */
export function readDescriptor(json: unknown): Descriptor {
  const document = readObject(json, 'The descriptor')
  const capabilities = readObject(document['capabilities'], 'capabilities')
  const consumer = readObject(capabilities['hipchatApiConsumer'], 'capabilities.hipchatApiConsumer')
  const name = readString(document['name'], 'name')
  if (typeof document['description'] !== 'string') refuse(document['description'], 'description', 'a string')
  readString(readObject(document['links'], 'links')['self'], 'links.self')
  checkVendor(document['vendor'])
  checkApiVersion(document['apiVersion'])
  checkModules(capabilities)
  const avatar = readAvatar(consumer['avatar'])
  const fromName = readOptionalString(consumer['fromName'], 'capabilities.hipchatApiConsumer.fromName')
  return {
    key: readKey(document['key'], 'key'),
    name,
    from: fromName ? fromName.slice(0, 64) : name,
    scopes: readScopes(consumer['scopes']),
    installable: readInstallable(capabilities['installable']),
    webhooks: readWebhooks(capabilities['webhook']),
    redirectUrls: readRedirectUrls(capabilities['oauth2Consumer']),
    ...(avatar ? { avatar } : {}),
  }
}

/** Reads a webhook of a descriptor or a registration; unknown events and invalid patterns are refused. */
export function readWebhook(json: unknown, what = 'webhook'): WebhookDefinition {
  const webhook = readObject(json, what)
  const event = readString(webhook['event'], `${what}.event`)
  if (!events.includes(event)) throw new InstallError(`${what}.event is '${event}', which is not an event.`)
  const authentication = webhook['authentication'] ?? 'none'
  if (authentication !== 'jwt' && authentication !== 'none') {
    throw new InstallError(`${what}.authentication must be 'jwt' or 'none'.`)
  }
  const name = readOptionalString(webhook['name'], `${what}.name`)
  const pattern = readOptionalString(webhook['pattern'], `${what}.pattern`)
  checkPattern(pattern, what)
  return {
    url: readAddress(webhook['url'], `${what}.url`),
    event,
    authentication,
    ...(name === undefined ? {} : { name }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(webhook['key'] === undefined ? {} : { key: readKey(webhook['key'], `${what}.key`) }),
  }
}

function checkPattern(pattern: string | undefined, what: string): void {
  try {
    compilePattern(pattern)
  } catch (error) {
    throw new InstallError(`${what}.pattern is not allowed: ${messageOf(error)}.`)
  }
}

function checkVendor(given: unknown): void {
  if (given === undefined || given === null) return
  const vendor = readObject(given, 'vendor')
  readString(vendor['name'], 'vendor.name')
  readString(vendor['url'], 'vendor.url')
}

/** A range of protocol versions, of which only one exists. */
function checkApiVersion(given: unknown): void {
  const range = readOptionalString(given, 'apiVersion')
  if (range === undefined) return
  const [, from, to = from] = /^(\d+)(?::(\d+))?$/.exec(range) ?? []
  if (from === undefined) throw new InstallError(`apiVersion must be a range like '1:1', not '${range}'.`)
  if (Number(from) <= 1 && Number(to) >= 1) return
  throw new InstallError(`apiVersion is '${range}', but this server supports only version 1.`)
}

function readWebhooks(given: unknown): readonly WebhookDefinition[] {
  const what = 'capabilities.webhook'
  const webhooks = readList(given, what).map((one, at) => readWebhook(one, `${what}[${at}]`))
  checkKeysDiffer(webhooks, what)
  return webhooks
}

function readRedirectUrls(given: unknown): readonly string[] {
  if (given === undefined || given === null) return []
  const what = 'capabilities.oauth2Consumer'
  const urls = readObject(given, what)['redirectionUrls']
  if (!Array.isArray(urls)) refuse(urls, `${what}.redirectionUrls`, 'an array of URLs')
  return urls.map((one, at) => readAddress(one, `${what}.redirectionUrls[${at}]`))
}

function readInstallable(given: unknown): Installable {
  const what = 'capabilities.installable'
  const from = given === undefined || given === null ? {} : readObject(given, what)
  const names = ['callbackUrl', 'updateCallbackUrl', 'installedUrl', 'updatedUrl', 'uninstalledUrl']
  const urls = names.filter((name) => from[name] !== undefined)
  return {
    allowGlobal: readBoolean(from['allowGlobal'], `${what}.allowGlobal`, true),
    allowRoom: readBoolean(from['allowRoom'], `${what}.allowRoom`, true),
    ...Object.fromEntries(urls.map((name) => [name, readAddress(from[name], `${what}.${name}`)])),
  }
}

function readScopes(given: unknown): readonly string[] {
  const what = 'capabilities.hipchatApiConsumer.scopes'
  if (!Array.isArray(given)) refuse(given, what, 'an array of scopes')
  if (given.length === 0) throw new InstallError(`${what} is empty: the add-on must request at least one scope.`)
  const strange = given.find((one) => typeof one !== 'string' || !Object.hasOwn(knownScopes, one))
  if (strange === undefined) return given.map(String)
  throw new InstallError(`${what} has ${JSON.stringify(strange)}, which is not a scope.`)
}

function readAvatar(given: unknown): string | undefined {
  if (given === undefined || given === null) return undefined
  const what = 'capabilities.hipchatApiConsumer.avatar'
  return typeof given === 'string' ? given : readString(readObject(given, what)['url'], `${what}.url`)
}
