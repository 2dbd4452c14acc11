import { describe, expect, it } from 'vitest'
import { type Card, card } from '../../src/model/reply.js'
import { drawCard as drawOnDiscord } from '../../src/platforms/discord/embed.js'
import { drawCard as drawInHipChat, wakesNotAll } from '../../src/platforms/hipchat/render.js'
import { render as drawInMattermost } from '../../src/platforms/mattermost/render.js'
import { drawCard as drawInSlack } from '../../src/platforms/slack/card.js'
import { drawCard as drawInTeams } from '../../src/platforms/teams/card/adaptive-card.js'
import { drawCard as drawOnTelegram } from '../../src/platforms/telegram/card.js'
import { fc } from '../fixtures/property.js'

/** What each platform draws of a card, and what it says below it as text. */
const platforms: Readonly<Record<string, (shown: Card) => { readonly drawn: unknown; readonly left: string }>> = {
  Discord(shown) {
    const { embed, rows, left } = drawOnDiscord(shown)
    return { drawn: [embed, rows], left }
  },
  'HipChat, as a card': (shown) => drawInHipChat(shown, 'id', wakesNotAll),
  'HipChat, as a message'(shown) {
    const { message, left } = drawInHipChat(shown, 'id', wakesNotAll)
    return { drawn: message, left }
  },
  Slack(shown) {
    const { blocks, left } = drawInSlack(shown)
    return { drawn: blocks, left }
  },
  'Microsoft Teams': (shown) => drawInTeams(shown),
  Mattermost: (shown) => ({ drawn: drawInMattermost(card(shown)), left: '' }),
  Telegram(shown) {
    const { left, ...drawn } = drawOnTelegram(shown)
    return { drawn, left }
  },
}

/** Words that nothing else has, for the parts of a card; `size` says how many letters there are in all. */
function words(size: number): string {
  const all = Array.from({ length: Math.ceil(size / 10) }, () => `w${String(count++).padStart(7, '0')}`)
  return all.map((word, at) => word + (at % 10 === 9 ? '\n' : ' & ')).join('')
}

let count = 0

const wordsOf = (text: string) => new Set(text.match(/w\d{7}/g))

describe.each(Object.entries(platforms))('A card on %s', (_, draw) => {
  const cases: readonly (readonly [what: string, card: Card])[] = [
    ['a field of 1,500 characters', { title: 'x', fields: [{ label: 'Log', value: words(1_500) }] }],
    ['a text of 10,000 characters', { title: 'x', text: words(10_000) }],
    ['200,000 characters', { title: 'x', text: words(200_000) }],
    ['a title of 5,000 characters', { title: words(5_000) }],
    ['a label of 3,000 characters', { title: 'x', fields: [{ label: words(3_000), value: words(1) }] }],
    [
      'sixty fields of 500 characters',
      { title: 'x', fields: many(60, () => ({ label: words(1), value: words(500) })) },
    ],
    [
      'sixty buttons with long labels',
      { title: 'x', buttons: many(60, () => ({ label: words(300), command: '/go' })) },
    ],
    [
      'buttons that cannot be pressed',
      { title: 'x', buttons: many(60, () => ({ label: words(1), command: `/${words(2_500)}` })) },
    ],
    [
      'addresses that are too long',
      {
        title: 'x',
        url: `https://x.example/${words(1).slice(0, 8)}${'u'.repeat(4_000)}`,
        image: `https://x.example/${words(1).slice(0, 8)}${'i'.repeat(4_000)}`,
        fields: [{ label: 'l', value: 'v', url: `https://x.example/${words(1).slice(0, 8)}${'f'.repeat(4_000)}` }],
      },
    ],
    [
      'addresses that lead to no web',
      { title: 'x', fields: [{ label: 'l', value: 'v', url: `tel:${words(1).slice(0, 8)}` }] },
    ],
  ]
  it.each(cases)('has every word of %s, in it or as text below it', (_what, shown) => {
    const { drawn, left } = draw(shown)
    const seen = wordsOf(JSON.stringify(drawn) + left)
    expect([...wordsOf(JSON.stringify(shown))].filter((word) => !seen.has(word))).toEqual([])
  })

  it('has its text below it in the order in which it was written', () => {
    const { left } = draw({ title: 'x', text: words(30_000) })
    const shown = [...wordsOf(left)]
    expect(shown).toEqual([...shown].sort())
  })

  it('needs no text below it where it has room for all', () => {
    const url = 'https://x.example/'
    const fields = [
      { label: 'Env', value: 'prod', url, tone: 'good' as const },
      { label: 'By', value: 'kim' },
    ]
    const buttons = [
      { label: 'Log', url },
      { label: 'Again', command: '/go' },
    ]
    expect(draw({ title: 'web', text: 'is *out*', url, icon: url, image: url, fields, buttons }).left).toBe('')
  })

  it('loses no word, whatever is in it', () => {
    const text = fc.integer({ min: 0, max: 6_000 }).map(words)
    const url = fc.constantFrom(
      undefined,
      'https://x.example/',
      `https://x.example/${words(1).slice(0, 8)}${'u'.repeat(2_500)}`,
      'tel:5550100',
    )
    const field = fc.record({ label: text, value: text, url })
    const button = fc.record({ label: text, command: fc.option(text, { nil: undefined }) })
    const cards = fc.record({
      title: text,
      text,
      url,
      image: url,
      fields: fc.array(field, { maxLength: 30 }),
      buttons: fc.array(button, { maxLength: 8 }),
    })
    fc.assert(
      fc.property(cards, (given) => {
        const shown: Card = JSON.parse(JSON.stringify(given))
        const { drawn, left } = draw(shown)
        const seen = wordsOf(JSON.stringify(drawn) + left)
        expect([...wordsOf(JSON.stringify(shown))].filter((word) => !seen.has(word))).toEqual([])
      }),
      { numRuns: 40 },
    )
  })
})

function many<Item>(count: number, make: () => Item): readonly Item[] {
  return Array.from({ length: count }, make)
}
