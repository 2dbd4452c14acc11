import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createSimulator } from '../../src/simulator/hipchat.js'
import { readCard, readNotification } from '../../src/simulator/notification.js'
import { openAddon } from './far-side.js'

const corpus = fileURLToPath(new URL('../../../shared/hipchat/corpus/', import.meta.url))
const there = existsSync(corpus)
if (!there) console.info('The corpus of HipChat payloads is not beside the project, so its files are not tried.')

function read(folder: string): readonly (readonly [name: string, json: Json])[] {
  if (!there) return []
  return readdirSync(corpus + folder).map((name) => [
    name,
    JSON.parse(readFileSync(`${corpus}${folder}/${name}`, 'utf8')),
  ])
}

// biome-ignore lint/suspicious/noExplicitAny: these are other people's documents.
type Json = any

describe('the descriptors of published add-ons', () => {
  it('are all understood and installed, in a room or in the group', async () => {
    const files = new Map(read('descriptors'))
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
    if (there) expect(files.size).toBe(49)

    const lines = there ? readFileSync(`${corpus}messages.txt`, 'utf8').split('\n').filter(Boolean) : []
    for (const line of lines.slice(0, 40)) {
      const { deliveries } = await simulator.say('Lounge', 'alice', line)
      expect(deliveries.every(({ state }) => state === 'answered')).toBe(true)
    }
    await simulator.close()
    await addon.close()
  }, 30_000)
})

describe('the notifications that published add-ons sent', () => {
  const refused: Readonly<Record<string, string>> = {
    'drone-wrong-case.json': "Value u'Green' for field 'color' is not in the enumeration",
    'hipchat-rb-card.json': "Value 12345 for field 'card.id' is not of type 'string'",
    'notify-as-string.json': "Value u'true' for field 'notify' is not of type 'boolean'",
    'typo-member.json': "Required field 'message' is missing",
  }
  it.each(read('notifications'))('are taken, or refused with what is wrong: %s', (name, json) => {
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
  it.each(read('cards'))('are taken, or refused with what is wrong: %s', (name, json) => {
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
