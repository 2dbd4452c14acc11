import { describe, expect, it } from 'vitest'
import type { ReplyTarget } from '../../../src/model/schedule.js'
import { createFindRooms, createListRooms, durableReplyTo } from '../../../src/platforms/xmpp/proactive-rooms.js'
import { readSettings } from '../../../src/platforms/xmpp/settings.js'

const settings = readSettings({
  XMPP_JID: 'bot@chat.example',
  XMPP_PASSWORD: 'secret',
  XMPP_ROOMS: 'Ops@rooms.chat.example, ops@rooms.other.example, dev@rooms.chat.example pass word',
})
if (!settings) throw new Error('there are settings')

describe('rooms for unasked posts', () => {
  it('are those in the settings, by address or name', async () => {
    const list = createListRooms(settings)
    expect(await idsOf(list(['#ops']))).toEqual(['ops@rooms.chat.example', 'ops@rooms.other.example'])
    expect(await idsOf(list(['dev@rooms.chat.example', '#none']))).toEqual(['dev@rooms.chat.example'])
    expect(await idsOf(list())).toEqual([])
    expect(await idsOf(list(['#dev'], 'other@chat.example'))).toEqual([])
    const find = createFindRooms(settings)
    expect(await idsOf(find('DEV'))).toEqual(['dev@rooms.chat.example'])
    expect(await idsOf(find('ops@rooms.other.example'))).toEqual(['ops@rooms.other.example'])
    expect(await idsOf(find('elsewhere@rooms.chat.example'))).toEqual([])
  })

  it('can be answered days later, without reference to the message', () => {
    const replyTo = { door: 'room', place: 'ops@rooms.chat.example', person: 'ann@chat.example', stanzaId: '1' }
    expect(durableReplyTo(replyTo)).toEqual({
      door: 'room',
      place: 'ops@rooms.chat.example',
      person: 'ann@chat.example',
    })
    expect(durableReplyTo({ door: 'window' })).toBeUndefined()
  })
})

async function idsOf(targets: AsyncIterable<ReplyTarget>): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const { room } of targets) ids.push(room.id)
  return ids
}
