import { describe, expect, it } from 'vitest'
import { type Card, card } from '../../src/model/reply.js'
import { render as drawOnDiscord } from '../../src/platforms/discord/render.js'
import { render as drawInHipChat } from '../../src/platforms/hipchat/render.js'
import { render as drawInMattermost } from '../../src/platforms/mattermost/render.js'
import { render as drawInSlack, renderPlain } from '../../src/platforms/slack/render.js'
import { render as drawInTeams } from '../../src/platforms/teams/render.js'
import { render as drawOnTelegram } from '../../src/platforms/telegram/render.js'
import { invocationOf } from '../fixtures/invocation.js'

const invocation = invocationOf('1')
const press = (line: string) => ({ url: 'https://bot.example.com', context: { line } })

/** What each platform makes of a card, as one text. */
const draw: Readonly<Record<string, (shown: Card) => string>> = {
  HipChat: (shown) => flat(drawInHipChat(card(shown), invocation, { roomId: '1' })),
  Slack: (shown) => flat(drawInSlack(card(shown), invocation)),
  'Slack, where it refuses blocks': (shown) => flat(renderPlain(card(shown), invocation)),
  Mattermost: (shown) => flat(drawInMattermost(card(shown), press)),
  'Mattermost, without a bot account': (shown) => flat(drawInMattermost(card(shown))),
  Discord: (shown) => flat(drawOnDiscord(card(shown), invocation).message),
  Telegram: (shown) => flat(drawOnTelegram(card(shown), invocation)),
  'Microsoft Teams': (shown) => flat(drawInTeams(card(shown), invocation, '29:kim')),
  'Microsoft Teams, by an Outgoing Webhook': (shown) =>
    flat(drawInTeams(card(shown), invocation, undefined, { canPress: false })),
}

describe.each(Object.entries(draw))('A card in %s', (_, drawn) => {
  const parts: readonly (readonly [part: string, card: Omit<Card, 'title'>, shown: readonly string[]])[] = [
    ['text', { text: 'Shipped by sam' }, ['Shipped by sam']],
    ['link', { url: 'https://x.example/web' }, ['https://x.example/web']],
    ['image', { image: 'https://x.example/graph.png' }, ['https://x.example/graph.png']],
    [
      'fields',
      { fields: [{ label: 'Env', value: 'prod', url: 'https://x.example/env' }] },
      ['Env', 'prod', 'x.example/env'],
    ],
    ['button that types', { buttons: [{ label: 'Back', command: '/deploy rollback' }] }, ['Back', '/deploy rollback']],
    [
      'button that opens',
      { buttons: [{ label: 'Log', url: 'https://x.example/log' }] },
      ['Log', 'https://x.example/log'],
    ],
    ['image with a long address', { image: `https://x.example/${'a'.repeat(300)}.png` }, ['.png']],
    ['link that leads to no web', { url: 'tel:5550100' }, ['5550100']],
    ['image that is none of the web', { image: 'file:graph.png' }, ['graph.png']],
    [
      'button with a line too long for it',
      { buttons: [{ label: 'Go', command: `/go ${'b'.repeat(2_100)}` }] },
      ['bbbbb'],
    ],
    ['row of fields too long for it', { fields: many(30, (n) => ({ label: `L${n}`, value: `V${n}` })) }, ['V0', 'V29']],
    [
      'row of buttons too long for it',
      { buttons: many(30, (n) => ({ label: `B${n}`, command: `/b${n}` })) },
      ['/b0', '/b29'],
    ],
  ]
  for (const [part, given, shown] of parts) {
    it(`shows its ${part}`, () => {
      const whole = drawn({ title: 'web 2.4', ...given })
      for (const text of ['web 2.4', ...shown]) expect(whole).toContain(text)
    })
  }
})

/** Escapes of Markdown and HTML taken away, so that what people see is compared. */
function flat(message: unknown): string {
  return JSON.stringify(message).replace(/\\\\/g, '').replaceAll('&amp;', '&')
}

function many<Item>(count: number, make: (n: number) => Item): readonly Item[] {
  return Array.from({ length: count }, (_, n) => make(n))
}
