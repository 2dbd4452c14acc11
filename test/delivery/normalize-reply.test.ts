import { describe, expect, it } from 'vitest'
import { normalizeReply } from '../../src/delivery/normalize-reply.js'
import { card } from '../../src/model/reply.js'

describe("a command's answer as a reply", () => {
  it('has its addresses in characters that every service takes, wherever they stand in a card', () => {
    const [given, sent] = ['https://e.example/EU Long 3.png', 'https://e.example/EU%20Long%203.png']
    const places = (url: string) => ({
      title: 'Report',
      text: `as typed: ${given}`,
      url,
      icon: url,
      image: url,
      fields: [
        { label: 'Plan', value: given, url },
        { label: 'No', value: 'address' },
      ],
      buttons: [
        { label: 'Open', url },
        { label: 'Type', command: '/show a b' },
      ],
    })
    expect(normalizeReply(card(places(given)))).toMatchObject({ kind: 'card', card: places(sent) })
  })

  it('is left as it is where a card has no address', () => {
    expect(normalizeReply(card({ title: 'Report' }))).toMatchObject({ card: { title: 'Report' } })
  })
})
