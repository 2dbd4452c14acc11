import { describe, expect, it } from 'vitest'
import { dumps, repr } from '../../src/simulator/python-json.js'
import { createWorld } from '../../src/simulator/world/group.js'
import { seedState } from '../../src/simulator/world/seed.js'
import { createSerializers } from '../../src/simulator/world/serializers.js'

describe('JSON as Python writes it', () => {
  it('sorts members at every level, spaces them, and stays within ASCII', () => {
    expect(dumps({ b: [1, true, null], a: { d: 'ł "q" \\', c: '\n\u007f🎲' }, skipped: undefined })).toBe(
      String.raw`{"a": {"c": "\n\u007f\ud83c\udfb2", "d": "\u0142 \"q\" \\"}, "b": [1, true, null]}`,
    )
  })

  it('keeps the order that it finds where that is asked', () => {
    expect(dumps({ b: {}, a: [] }, { sortKeys: false })).toBe('{"b": {}, "a": []}')
  })

  it('gives a room message the length that was captured of one with the same lengths', () => {
    const state = seedState(0)
    const person = {
      ...state.people[0],
      id: 4305786,
      name: 'Beatrix Orm',
      mentionName: 'BeatrixOrm',
      version: '00000000',
    }
    Object.assign(state.people, [person])
    const room = {
      ...state.rooms[1],
      id: 3117679,
      name: 'Lounge',
      version: 'NC6EAP7M',
      privacy: 'public',
      isArchived: false,
    }
    Object.assign(state.rooms, [room])
    const world = createWorld({ state, clock: () => 0 })
    const forms = createSerializers(world, () => 'https://api.hipchat.com/v2')
    const date = '2017-04-06T03:09:11.040988+00:00'
    const message = forms.entry({
      id: '00000000-0000-4000-8000-000000000000',
      date,
      kind: 'message',
      text: '/dog',
      userId: 4305786,
      mentions: [],
    })
    const item = { message, room: forms.room(world.room(3117679)) }
    const oauth_client_id = '00000000-0000-4000-8000-000000000000'
    const body = dumps({ event: 'room_message', item, oauth_client_id, webhook_id: 17116820 })
    expect(Buffer.byteLength(body)).toBe(743)
  })
})

describe('a value as Python prints it', () => {
  it('is marked and quoted as in the captured errors', () => {
    expect(repr(['view_group', 'ł', 1, null, true, { a: "it's" }])).toBe(
      String.raw`[u'view_group', u'\u0142', 1, None, True, {u'a': u'it\'s'}]`,
    )
  })
})
