import { messageOf } from '../../shared/error-details.js'
import { isRecord } from '../../shared/json.js'
import { isHttpUrl } from '../../shared/url.js'
import { InstallError } from '../errors.js'
import { scopes as knownScopes } from './capabilities.js'
import type { Installable, Webhook } from './state.js'
import { compilePattern } from './webhook-pattern.js'

/** What the server understands of an add-on's descriptor. */
export interface Descriptor {
  readonly key: string
  readonly name: string
  readonly from: string
  readonly avatar?: string
  readonly scopes: readonly string[]
  readonly installable: Installable
  readonly webhooks: readonly WebhookDefinition[]
}

/** A webhook before the server has given it an id. */
export type WebhookDefinition = Omit<Webhook, 'id' | 'created'>

/** Events that a webhook may listen to. */
export const events = (
  'room_archived room_created room_deleted room_enter room_exit room_file_upload room_message room_notification ' +
  'room_topic_change room_unarchived'
).split(' ')

/** Reads a descriptor as leniently as the real server did: unknown members are left alone, old habits understood. */
export function readDescriptor(json: unknown): Descriptor {
  const document = members(json, 'The descriptor')
  const capabilities = members(document['capabilities'], 'capabilities')
  const consumer = members(capabilities['hipchatApiConsumer'], 'capabilities.hipchatApiConsumer')
  const name = word(document['name'], 'name')
  if (typeof document['description'] !== 'string') throw new InstallError('The descriptor has no description.')
  word(members(document['links'], 'links')['self'], 'links.self')
  const avatar = readAvatar(consumer['avatar'])
  return {
    key: readKey(document['key'], 'key'),
    name,
    from: typeof consumer['fromName'] === 'string' && consumer['fromName'] ? consumer['fromName'].slice(0, 64) : name,
    scopes: readScopes(consumer['scopes']),
    installable: readInstallable(capabilities['installable']),
    webhooks: readWebhooks(capabilities['webhook']),
    ...(avatar ? { avatar } : {}),
  }
}

/** Reads one webhook of a descriptor or a registration; an event or a pattern that the server does not know is refused. */
export function readWebhook(json: unknown, what = 'webhook'): WebhookDefinition {
  const webhook = members(json, what)
  const event = word(webhook['event'], `${what}.event`)
  if (!events.includes(event)) throw new InstallError(`${what}.event is '${event}', which is not an event.`)
  const authentication = webhook['authentication'] ?? 'none'
  if (authentication !== 'jwt' && authentication !== 'none') {
    throw new InstallError(`${what}.authentication is neither 'jwt' nor 'none'.`)
  }
  const name = optionalWord(webhook['name'], `${what}.name`)
  const pattern = optionalWord(webhook['pattern'], `${what}.pattern`)
  checkPattern(pattern, what)
  return {
    url: address(webhook['url'], `${what}.url`),
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
    throw new InstallError(`${what}.pattern is not a regular expression: ${messageOf(error)}`)
  }
}

function readWebhooks(given: unknown): readonly WebhookDefinition[] {
  if (given === undefined || given === null) return []
  const list: readonly unknown[] = Array.isArray(given) ? given : [given]
  return list.map((one, at) => readWebhook(one, `capabilities.webhook[${at}]`))
}

function readInstallable(given: unknown): Installable {
  const from = given === undefined || given === null ? {} : members(given, 'capabilities.installable')
  const names = ['callbackUrl', 'updateCallbackUrl', 'installedUrl', 'updatedUrl', 'uninstalledUrl']
  const urls = names.filter((name) => from[name] !== undefined)
  return {
    allowGlobal: from['allowGlobal'] !== false,
    allowRoom: from['allowRoom'] !== false,
    ...Object.fromEntries(urls.map((name) => [name, address(from[name], `capabilities.installable.${name}`)])),
  }
}

function readScopes(given: unknown): readonly string[] {
  if (!Array.isArray(given) || given.length === 0) throw new InstallError('The descriptor asks for no scopes.')
  const strange = given.find((one) => typeof one !== 'string' || !Object.hasOwn(knownScopes, one))
  if (strange !== undefined) throw new InstallError(`'${String(strange)}' is not a scope.`)
  return given.map(String)
}

function readAvatar(given: unknown): string | undefined {
  if (typeof given === 'string') return given
  return isRecord(given) && typeof given['url'] === 'string' ? given['url'] : undefined
}

function readKey(given: unknown, what: string): string {
  const key = word(given, what)
  if (key.length > 40) throw new InstallError(`${what} is longer than 40 characters.`)
  return key
}

function members(given: unknown, what: string): Readonly<Record<string, unknown>> {
  if (!isRecord(given)) throw new InstallError(`${what} is not a JSON object.`)
  return given
}

function word(given: unknown, what: string): string {
  if (typeof given !== 'string' || given === '') throw new InstallError(`The descriptor has no ${what}.`)
  return given
}

function optionalWord(given: unknown, what: string): string | undefined {
  if (given === undefined || given === null) return undefined
  if (typeof given !== 'string') throw new InstallError(`${what} must be a string.`)
  return given
}

function address(given: unknown, what: string): string {
  const text = word(given, what)
  if (!isHttpUrl(text)) throw new InstallError(`${what} is not an http address: ${text}`)
  return text
}
