import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createSimulator } from '../../src/simulator/hipchat.js'
import { readCard, readNotification } from '../../src/simulator/world/notification.js'
import { findShared } from '../fixtures/shared.js'
import { openAddon } from './far-side.js'

/** Where it stands beside the project; a clone alone has the documents that are written out below. */
const corpus = findShared('hipchat/corpus/')

function read(folder: string): readonly (readonly [name: string, json: Json])[] {
  if (!corpus) return []
  return readdirSync(corpus + folder).map((name) => [
    name,
    JSON.parse(readFileSync(`${corpus}${folder}/${name}`, 'utf8')),
  ])
}

// biome-ignore lint/suspicious/noExplicitAny: these are other people's documents.
type Json = any

const ownDescriptor: Json = {
  key: 'com.example.own',
  name: 'Own',
  description: 'An add-on of our own',
  links: { self: 'https://own.example/own.json', homepage: 'https://own.example/' },
  capabilities: {
    installable: { callbackUrl: 'https://own.example/installed', allowRoom: true, allowGlobal: false },
    webhook: [{ url: 'https://own.example/hook', event: 'room_message', pattern: '^/ping', authentication: 'jwt' }],
    hipchatApiConsumer: { scopes: ['send_notification'] },
  },
}

describe('the descriptors of published add-ons', () => {
  it('are all understood and installed, in a room or in the group', async () => {
    const files = new Map([['own.json', ownDescriptor] as const, ...read('descriptors')])
    const addon = await openAddon((got, url) => {
      const { pathname, searchParams } = new URL(got.path, url)
      const document = files.get(pathname.slice('/corpus/'.length))
      if (document) return { body: JSON.stringify(movedTo(url, document)) }
      const back = searchParams.get('redirect_url')
      return back ? { status: 302, headers: { location: back } } : { status: 200 }
    })
    const simulator = createSimulator({ port: 0 })
    await simulator.listen()
    for (const [name, document] of files) {
      const inRoom = document.capabilities.installable?.allowRoom !== false
      const installed = await simulator.install(`${addon.url}/corpus/${name}`, inRoom ? { room: 'Lounge' } : {})
      expect(installed, name).toMatchObject({ key: document.key, name: document.name, pending: false })
      const webhooks = [document.capabilities.webhook ?? []].flat()
      const shown = simulator.addons().find(({ oauthId }) => oauthId === installed.oauthId)
      expect(shown?.webhooks.map(({ event, pattern }) => [event, pattern])).toEqual(
        webhooks.map(({ event, pattern }: Json) => [event, pattern]),
      )
    }
    expect(simulator.addons()).toHaveLength(files.size)
    if (corpus) expect(files.size).toBe(50)

    const lines = corpus ? readFileSync(`${corpus}messages.txt`, 'utf8').split('\n').filter(Boolean) : ['/ping']
    for (const line of lines.slice(0, 40)) {
      const { deliveries } = await simulator.say('Lounge', 'alice', line)
      expect(deliveries.every(({ state }) => state === 'answered')).toBe(true)
    }
    await simulator.close()
    await addon.close()
  })
})

describe('the notifications that published add-ons sent', () => {
  const refused: Readonly<Record<string, string>> = {
    'drone-wrong-case.json': "Value u'Green' for field 'color' is not in the enumeration",
    'hipchat-rb-card.json': "Value 12345 for field 'card.id' is not of type 'string'",
    'notify-as-string.json': "Value u'true' for field 'notify' is not of type 'boolean'",
    'typo-member.json': "Required field 'message' is missing",
  }
  const own = [
    ['drone-wrong-case.json', { message: 'Built', color: 'Green' }],
    ['notify-as-string.json', { message: 'Built', notify: 'true' }],
    ['typo-member.json', { mesage: 'Built' }],
    ['as the API has it', { message: 'Built', color: 'green', notify: true, message_format: 'text' }],
  ] as const
  it.each([...own, ...read('notifications')])('are taken, or refused with what is wrong: %s', (name, json) => {
    const reason = refused[name]
    if (reason) expect(() => readNotification(json)).toThrow(reason)
    else expect(readNotification(json)).toMatchObject({ message: json.message, color: json.color ?? 'yellow' })
  })
})

describe('the cards that published add-ons sent', () => {
  const refused: Readonly<Record<string, string>> = {
    'hipchat-go-thumbnail.json': "Value u'style' for field 'card.style' is not in the enumeration",
    'hipchat-rb-numeric-id.json': "Value 12345 for field 'card.id' is not of type 'string'",
    'upaid-application.json': "Required field 'card.id' is missing",
  }
  const link = { id: 'build-12', style: 'link', title: 'Build 12', url: 'https://ci.example/12' }
  const own = [
    ['hipchat-go-thumbnail.json', { ...link, style: 'style' }],
    ['hipchat-rb-numeric-id.json', { ...link, id: 12345 }],
    ['upaid-application.json', { style: 'application', title: 'Build 12', url: 'https://ci.example/12' }],
    ['as the API has it', link],
  ] as const
  it.each([...own, ...read('cards')])('are taken, or refused with what is wrong: %s', (name, json) => {
    const reason = refused[name]
    if (reason) expect(() => readCard(json)).toThrow(reason)
    else expect(readCard(json)).toEqual(json)
  })
})

/** The same document with every address at `url`. */
function movedTo(url: string, value: Json): Json {
  if (Array.isArray(value)) return value.map((one) => movedTo(url, one))
  if (typeof value === 'string')
    return /^https?:\/\/[^\\]*$/.test(value) ? value.replace(/^https?:\/\/[^/]+/, url) : value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, key === 'pattern' ? one : movedTo(url, one)]),
  )
}
