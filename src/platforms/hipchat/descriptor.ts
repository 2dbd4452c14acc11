import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type Router from '@koa/router'
import type { Catalog } from '../../model/command.js'
import { ConfigError } from '../../model/errors.js'
import { shortHash } from '../../shared/crypto.js'
import { asRecord, isRecord, parseObject } from '../../shared/json.js'
import { packageFile } from '../../shared/package-path.js'
import type { PlatformDeps } from '../platform.js'
import { webhookPattern } from './webhook-pattern.js'

/** The current capabilities descriptor. */
export interface Descriptor {
  /** The webhook pattern in it. */
  pattern(): string
  route(router: Router): void
}

/**
 * Fills in the top-level `descriptor.json`: `{{baseUrl}}`, `{{pattern}}`, and addresses that begin with a slash. The result is
 * cached until the commands change. Throws ConfigError for an unusable file.
 */
export function createDescriptor({ baseUrl, catalog, file = findFile() }: DescriptorDeps): Descriptor {
  const template = readTemplate(file)
  let made: Made | undefined
  catalog.onChange(() => {
    made = undefined
  })
  const current = () => {
    made ??= make(template, baseUrl, catalog)
    return made
  }
  const fault = findFault(JSON.parse(current().text), baseUrl)
  if (fault) throw new ConfigError(`descriptor.json: ${fault}`)

  return {
    pattern: () => current().pattern,
    route(router) {
      router.get('/descriptor.json', (ctx) => {
        const { text, etag } = current()
        ctx.set('Cache-Control', 'no-cache') // the pattern may have changed
        ctx.etag = etag
        ctx.type = 'application/json'
        ctx.status = 200
        if (ctx.fresh) ctx.status = 304
        else ctx.body = text
      })
    },
  }
}

interface DescriptorDeps extends Pick<PlatformDeps, 'baseUrl' | 'catalog'> {
  readonly file?: string
}

interface Made {
  readonly text: string
  readonly pattern: string
  readonly etag: string
}

/** The file next to the commands, otherwise the one that ships with the package. */
function findFile(): string {
  const own = resolve('descriptor.json')
  return existsSync(own) ? own : packageFile('descriptor.json')
}

function readTemplate(file: string): Record<string, unknown> {
  const template = existsSync(file) ? parseObject(readFileSync(file)) : undefined
  if (!template) throw new ConfigError('descriptor.json is missing, or is not a JSON object.')
  return template
}

function make(template: Record<string, unknown>, baseUrl: string, catalog: Catalog): Made {
  const pattern = webhookPattern(['help', ...catalog.list().flatMap(({ names }) => names)])
  const text = JSON.stringify(fill(template, { baseUrl, pattern }), undefined, 2)
  return { text, pattern, etag: shortHash(text) }
}

function fill(value: unknown, holes: { readonly baseUrl: string; readonly pattern: string }, key = ''): unknown {
  if (typeof value === 'string') {
    const absolute = isAddress(key) && /^\/(?!\/)/.test(value) ? `{{baseUrl}}${value}` : value
    return absolute.replaceAll('{{baseUrl}}', () => holes.baseUrl).replaceAll('{{pattern}}', () => holes.pattern)
  }
  if (Array.isArray(value)) return value.map((entry) => fill(entry, holes, key))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, fill(entry, holes, name)]))
}

/** Members that contain addresses: `url`, `url@2x`, `callbackUrl`, `redirectionUrls`, and the links. */
function isAddress(key: string): boolean {
  return /url(s|@2x)?$/i.test(key) || key === 'self' || key === 'homepage'
}

/** Rejects at startup what a server would reject, and what would allow unsigned webhooks. */
function findFault(filled: unknown, baseUrl: string): string | undefined {
  const { key, name, links, capabilities } = asRecord(filled)
  const { hipchatApiConsumer, webhook } = asRecord(capabilities)
  if (typeof key !== 'string' || !/^[\w.-]{1,40}$/.test(key)) return '"key" must be 1 to 40 letters, digits, . - or _.'
  if (typeof name !== 'string' || name === '') return '"name" is missing.'
  const { self } = asRecord(links)
  if (self !== `${baseUrl}/descriptor.json`) return '"links.self" must be "{{baseUrl}}/descriptor.json".'
  const { scopes } = asRecord(hipchatApiConsumer)
  if (!Array.isArray(scopes) || !scopes.includes('send_notification'))
    return 'the scope "send_notification" is missing.'
  const all = [webhook].flat().map(asRecord)
  const ours = all.filter(({ url }) => url === `${baseUrl}/hipchat/webhook`)
  if (ours.length === 0) return 'no webhook has the url "{{baseUrl}}/hipchat/webhook".'
  if (ours.some(({ authentication }) => authentication !== 'jwt')) return 'its webhooks need "authentication": "jwt".'
  return undefined
}
