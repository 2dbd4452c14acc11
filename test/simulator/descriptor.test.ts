import { describe, expect, it } from 'vitest'
import { readDescriptor } from '../../src/simulator/world/descriptor.js'
import { descriptor } from './far-side.js'

const url = 'http://localhost:1'
const consumer = (more: object) => ({ hipchatApiConsumer: { scopes: ['send_notification'], ...more } })
const webhook = (more: object) => ({ url: `${url}/webhook`, event: 'room_message', ...more })
const scopesAt = 'capabilities.hipchatApiConsumer.scopes'
const webhookAt = 'capabilities.webhook'

function reasonFor(json: unknown): string {
  try {
    readDescriptor(json)
    return 'none'
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

describe('a descriptor is refused with what is wrong with it', () => {
  it.each([
    [[], 'The descriptor must be a JSON object, not [].'],
    [{ links: undefined }, 'links is missing.'],
    [{ links: 'x' }, 'links must be a JSON object, not "x".'],
    [{ links: {} }, 'links.self is missing.'],
    [{ key: 7 }, 'key must be a string, not 7.'],
    [{ key: '' }, 'key must not be empty.'],
    [{ key: 'my add-on' }, 'key must not contain blanks: "my add-on".'],
    [{ name: undefined }, 'name is missing.'],
    [{ description: undefined }, 'description is missing.'],
    [{ description: 1 }, 'description must be a string, not 1.'],
    [{ vendor: { name: 'Acme' } }, 'vendor.url is missing.'],
    [{ vendor: 'Acme' }, 'vendor must be a JSON object, not "Acme".'],
    [{ apiVersion: '2:2' }, "apiVersion is '2:2', but this server supports only version 1."],
    [{ apiVersion: 'one' }, "apiVersion must be a range like '1:1', not 'one'."],
  ])('%j: %s', (more, reason) => {
    expect(reasonFor(Array.isArray(more) ? more : { ...descriptor(url), ...more })).toBe(reason)
  })

  it.each([
    [consumer({ scopes: 'send_notification' }), `${scopesAt} must be an array of scopes, not "send_notification".`],
    [consumer({ scopes: undefined }), `${scopesAt} is missing.`],
    [consumer({ scopes: [] }), `${scopesAt} is empty: the add-on must request at least one scope.`],
    [consumer({ scopes: ['all'] }), `${scopesAt} has "all", which is not a scope.`],
    [consumer({ fromName: 7 }), 'capabilities.hipchatApiConsumer.fromName must be a string, not 7.'],
    [consumer({ avatar: {} }), 'capabilities.hipchatApiConsumer.avatar.url is missing.'],
    [{ installable: { allowRoom: 'false' } }, 'capabilities.installable.allowRoom must be true or false, not "false".'],
    [
      { installable: { callbackUrl: 'installed' } },
      'capabilities.installable.callbackUrl is not an http address: installed',
    ],
    [{ webhook: 'x' }, `${webhookAt} must be an array of JSON objects, not "x".`],
    [{ webhook: [webhook({ url: undefined })] }, `${webhookAt}[0].url is missing.`],
    [{ webhook: [webhook({ key: 'a b' })] }, `${webhookAt}[0].key must not contain blanks: "a b".`],
    [{ webhook: [webhook({ key: 'a' }), webhook({ key: 'a' })] }, `${webhookAt} has two with the key 'a'.`],
    [{ glance: 'x' }, 'capabilities.glance must be an array of JSON objects, not "x".'],
    [{ glance: ['x'] }, 'capabilities.glance[0] must be a JSON object, not "x".'],
    [{ glance: [{}] }, 'capabilities.glance[0].key is missing.'],
    [{ action: [{ key: 'a' }, { key: 'a' }] }, "capabilities.action has two with the key 'a'."],
    [{ dialog: [{ key: 'a' }] }, 'capabilities.dialog[0].url is missing.'],
    [{ configurable: {} }, 'capabilities.configurable.url is missing.'],
  ])('%j: %s', (more, reason) => {
    expect(reasonFor(descriptor(url, more))).toBe(reason)
  })

  it.each([
    ['a(?=b)', 'a look-ahead'],
    ['(?<!a)b', 'a look-behind'],
    ['(a)\\1', 'a back-reference'],
  ])("a pattern '%s' has %s", (pattern, construct) => {
    const reason = `it has ${construct}, which the simulator's engine (RE2, linear in time) lacks`
    const whole = `${webhookAt}[0].pattern is not allowed: ${reason}; whether HipChat's had it is not known.`
    expect(reasonFor(descriptor(url, {}, webhook({ pattern })))).toBe(whole)
    const broken = `${webhookAt}[0].pattern is not allowed: it is not a regular expression: `
    expect(reasonFor(descriptor(url, {}, webhook({ pattern: '(' })))).toContain(broken)
  })
})

describe('a descriptor is taken', () => {
  it.each([{ apiVersion: '1:1' }, { apiVersion: '1:3' }, { apiVersion: '1' }, { vendor: null }, { odd: 'member' }])(
    'with %j',
    (more) => {
      expect(reasonFor({ ...descriptor(url), ...more })).toBe('none')
    },
  )

  it('where webhooks of one name, or without a key, stand side by side', () => {
    const webhooks = [webhook({ name: 'a' }), webhook({ name: 'a' }), webhook({ key: 'k' })]
    expect(reasonFor(descriptor(url, {}, webhooks))).toBe('none')
  })
})
