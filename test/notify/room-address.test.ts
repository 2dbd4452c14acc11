import { describe, expect, it } from 'vitest'
import { formatRoomAddress, parseRoomAddress, type RoomAddress, roomReadings } from '../../src/notify/room-address.js'

describe('the address of a room', () => {
  it.each<[string, RoomAddress]>([
    ['42', { room: '42' }],
    ['ops', { room: 'ops' }],
    ['#ops', { room: '#ops' }],
    ['%23ops', { room: '#ops' }],
    ['  Ops Room ', { room: 'Ops Room' }],
    ['Ops%20Room', { room: 'Ops%20Room' }],
    ['Ops%67', { room: 'Ops%67' }],
    ['slack:%43', { platform: 'slack', room: '%43' }],
    ['irc:%23ops', { platform: 'irc', room: '#ops' }],
    ['50% done', { room: '50% done' }],
    ['slack:C0123', { platform: 'slack', room: 'C0123' }],
    ['hipchat:7/42', { platform: 'hipchat', tenant: '7', room: '42' }],
    ['hipchat:7/a%2Fb', { platform: 'hipchat', tenant: '7', room: 'a/b' }],
    ['hipchat:R%2fD', { platform: 'hipchat', room: 'R/D' }],
    ['irc:#ops', { platform: 'irc', room: '#ops' }],
    ['xmpp:ops@rooms.example.com', { platform: 'xmpp', room: 'ops@rooms.example.com' }],
    ['teams:19:abc@thread.tacv2', { platform: 'teams', room: '19:abc@thread.tacv2' }],
    ['19:abc@thread.tacv2', { room: '19:abc@thread.tacv2' }],
    ['telegram:-100123', { platform: 'telegram', room: '-100123' }],
    ['Team: Ops', { room: 'Team: Ops' }],
  ])('%j is read with its parts', (text, address) => {
    expect(parseRoomAddress(text)).toEqual(address)
  })

  it.each(['', ' ', '%20', 'a\nb', 'slack:', 'slack:%20', 'hipchat:7/', 'hipchat:%20/42', 'x'.repeat(501)])(
    '%j names no room',
    (text) => {
      expect(parseRoomAddress(text)).toBeUndefined()
      expect(roomReadings(text).every(({ room }) => room.trim() !== '' && !/[\n\0]/.test(room))).toBe(true)
    },
  )

  it('is written so that it is read as the same again, whatever its parts are', () => {
    const random = randomFrom(20_300_101)
    for (let round = 0; round < 2_000; round++) {
      const address = anyAddress(random)
      const written = formatRoomAddress(address)
      expect(parseRoomAddress(written), JSON.stringify(address)).toEqual(address)
      expect(roomReadings(written)[0], JSON.stringify(address)).toEqual(address)
    }
  })

  it('throws nothing, whatever is sent for one', () => {
    const random = randomFrom(7)
    for (let round = 0; round < 2_000; round++) {
      const text = anyText(random, 12, [
        ...'%#/:+ aAz09-',
        '%23',
        '%2F',
        '%ff',
        '\u0000',
        '\ud800',
        'é',
        '🙂',
        'slack:',
      ])
      for (const address of roomReadings(text)) expect(parseRoomAddress(formatRoomAddress(address))).toEqual(address)
    }
  })
})

describe('what somebody may mean by an address', () => {
  const meanings = (text: string) => roomReadings(text).map(formatRoomAddress)

  it('is what stands there, then the same without its #', () => {
    expect(meanings('ops')).toEqual(['ops'])
    for (const text of ['#ops', '%23ops']) expect(meanings(text)).toEqual(['#ops', 'ops'])
    expect(meanings('irc:#ops')).toEqual(['irc:#ops', 'irc:ops', 'irc%3A#ops', 'irc%3Aops'])
    expect(meanings('##linux')).toEqual(['##linux', '#linux'])
  })

  it('is the same with each + read as a blank, but only after that', () => {
    expect(meanings('Ops+Room')).toEqual(['Ops+Room', 'Ops Room'])
    expect(meanings('#C+++Room')).toEqual(['#C+++Room', 'C+++Room', '#C   Room', 'C   Room'])
  })

  it('is a name with a slash or a colon in it, where nothing else is meant', () => {
    expect(meanings('hipchat:R/D')).toEqual(['hipchat:R/D', 'hipchat:R%2FD', 'hipchat%3AR/D'])
    expect(meanings('dev: ops')).toEqual(['dev:%20ops', 'dev%3A ops'])
  })
})

/** Numbers from 0 up to 1, the same on each run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function anyText(random: () => number, longest: number, signs: readonly string[]): string {
  const length = 1 + Math.floor(random() * longest)
  return Array.from({ length }, () => signs[Math.floor(random() * signs.length)]).join('')
}

function anyAddress(random: () => number): RoomAddress {
  const part = () => `${anyText(random, 4, signs)}x${anyText(random, 4, signs)}`
  const platform = random() < 0.7 ? anyText(random, 6, [...'abcz']) : undefined
  const tenant = platform !== undefined && random() < 0.5 ? part() : undefined
  const room = random() < 0.2 ? `slack:${part()}` : part()
  return { ...(platform === undefined ? {} : { platform }), ...(tenant === undefined ? {} : { tenant }), room }
}

const signs = [...'%#/:+ aAz09-_.@,', '%23', '%2F', '%25', '%zz', 'é', '🙂', '\u00a0']
