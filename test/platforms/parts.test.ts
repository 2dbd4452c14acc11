import { describe, expect, it } from 'vitest'
import { splitReply } from '../../src/delivery/split.js'
import { type Reply, say } from '../../src/model/reply.js'
import { render as renderDiscord } from '../../src/platforms/discord/render.js'
import { textLimit as discordLimit } from '../../src/platforms/discord/wire.js'
import { render as renderHipChat } from '../../src/platforms/hipchat/render.js'
import { textLimit as hipChatLimit } from '../../src/platforms/hipchat/wire.js'
import { render as renderMattermost } from '../../src/platforms/mattermost/render.js'
import { textLimit as mattermostLimit, messageLimit } from '../../src/platforms/mattermost/wire.js'
import { render as renderSlack } from '../../src/platforms/slack/render.js'
import { textLimit as slackLimit } from '../../src/platforms/slack/wire.js'
import { render as renderTeams } from '../../src/platforms/teams/render.js'
import { largestMessage, textLimit as teamsLimit } from '../../src/platforms/teams/wire.js'
import { render as renderTelegram } from '../../src/platforms/telegram/render.js'
import { textLimit as telegramLimit } from '../../src/platforms/telegram/wire.js'
import { createHtmlPattern, voidElements } from '../../src/shared/html-pattern.js'
import { invocationOf } from '../fixtures/invocation.js'
import { fc } from '../fixtures/property.js'
import { findHtmlFault, visibleText } from '../fixtures/telegram-html.js'

const invocation = invocationOf('1', { user: { id: 'U0001', name: 'kim', mention: 'kim' } })

interface Judged {
  /** What the outbox splits at, and what the service takes. */
  readonly limit: number
  readonly most: number
  send(part: Reply): string
  /** What people read of a text that was sent. */
  read(sent: string): string
  /** What is left open at the end of a part of HTML. */
  open(sent: string): unknown
}

const platforms: Readonly<Record<string, Judged>> = {
  hipchat: {
    limit: hipChatLimit,
    most: hipChatLimit,
    send: (part) => renderHipChat(part, invocation, { roomId: '1' }).message,
    read: (sent) => sent,
    open: openElements,
  },
  slack: {
    limit: slackLimit,
    most: 40_000,
    send: (part) => renderSlack(part, invocation).text ?? '',
    read: unescaped,
    open: (sent) => openSigns(sent, ['```', '`', '*', '_', '~']),
  },
  mattermost: {
    limit: mattermostLimit,
    most: messageLimit,
    send: (part) => renderMattermost(part).message,
    read: (sent) => (sent.startsWith('```') ? sent : unescaped(sent)), // in a block of code nothing is escaped
    open: (sent) => openSigns(sent, ['```', '`', '**', '*', '~~']),
  },
  discord: {
    limit: discordLimit,
    most: 4_096, // of an embed's description, where escaping made it too long for a message
    send(part) {
      const { content, embeds } = renderDiscord(part, invocation).message
      expect(content.length).toBeLessThanOrEqual(2_000)
      return content || (embeds[0]?.description ?? '')
    },
    read: (sent) => sent.replace(/\\(?=[\\*_~`|[\]<>#+.)-])/g, ''),
    open: (sent) => openSigns(sent, ['```', '`', '**', '*', '~~', '__']),
  },
  telegram: {
    limit: telegramLimit,
    most: 6 * telegramLimit, // of what escaping adds the service counts nothing
    send(part) {
      const { text } = renderTelegram(part, invocation).content
      expect(findHtmlFault(text), text).toBeUndefined()
      expect(visibleText(text).length).toBeLessThanOrEqual(telegramLimit)
      return text
    },
    read: visibleText,
    open: openElements,
  },
  teams: {
    limit: teamsLimit,
    most: largestMessage,
    send(part) {
      const message = renderTeams(part, invocation, '29:kim')
      expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(largestMessage)
      return message.text ?? ''
    },
    read: (sent) => unescaped(sent.replace(/<br>|&nbsp;|&quot;|&#39;/g, ' ')),
    open: openElements,
  },
}

const words = fc.constantFrom(
  ...['deploy', 'a_b', '*b*', '_c_', '~d~', '`e`', '```', '[f](g)', '> h', '# i', '1. j', '- k', '|l|', '\\'],
  ...[
    '<!here>',
    '<@U9>',
    '@channel',
    '&amp;',
    '&',
    '<',
    '10%',
    '日本語',
    'Zürich',
    '😀',
    '👩‍👩‍👧',
    'e\u0301',
    '---',
    '+ m',
    ' :n: ',
  ],
)
const text = fc
  .array(fc.tuple(words, fc.constantFrom(' ', '\n', '')), { minLength: 1, maxLength: 40 })
  .map((parts) => parts.flat().join(''))
  .filter((all) => all.trim() !== '')

/** Words without a sign, so that each sign in what is sent is one of markup. */
const plain = fc.constantFrom('deploy', '日本語', 'Zürich', '😀', '👩‍👩‍👧', 'e\u0301', '&amp;', '&eacute;', '10%')
const { html } = fc.letrec<{ html: string; element: string }>((tie) => ({
  element: fc
    .tuple(
      fc.constantFrom(
        ...[
          'b',
          'i',
          'code',
          's',
          'pre',
          'p',
          'ul',
          'li',
          'blockquote',
          'h4',
          'em',
          'strong',
          'a href="https://x.example/?a=1&amp;b=2"',
        ],
      ),
      tie('html'),
    )
    .map(([tag, inner]) => `<${tag}>${inner}</${tag.split(' ')[0]}>`),
  html: fc
    .array(fc.oneof({ maxDepth: 4 }, plain, fc.constantFrom(' ', '\n', '<br>'), tie('element')), {
      minLength: 1,
      maxLength: 8,
    })
    .map((parts) => parts.join('')),
}))

const runs = { numRuns: Number(process.env['VALIDATOR_RUNS'] ?? 60) }

describe.each(Object.entries(platforms))('%s', (_, { limit, most, send, read, open }) => {
  it('gets a text in parts within its limit, every letter of it, and no character cut', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 600 }), (part, times) => {
        const typed = `${part} `.repeat(times)
        const sent = splitReply(say(typed), limit).map(send)
        for (const one of sent) isWhole(one, most)
        expect(lettersOf(sent.map(read).join('')) === lettersOf(typed)).toBe(true)
      }),
      runs,
    )
  })

  it('gets HTML in parts within its limit, every word of it, and nothing left open', () => {
    fc.assert(
      fc.property(html, fc.integer({ min: 1, max: 200 }), (part, times) => {
        const given = `${part} deploy `.repeat(times)
        const sent = splitReply(say(given, { format: 'html' }), limit).map(send)
        for (const one of sent) {
          isWhole(one, most)
          expect(open(one), one).toEqual([])
        }
        for (const word of ['deploy', '日本語', 'Zürich', '😀', '👩‍👩‍👧', 'e\u0301'])
          expect(countOf(sent.join(''), word), word).toBe(countOf(given, word))
      }),
      runs,
    )
  })
})

function isWhole(sent: string, most: number): void {
  expect(sent.length).toBeLessThanOrEqual(most)
  expect(/\p{Surrogate}/u.test(sent)).toBe(false)
}

function countOf(text: string, word: string): number {
  return text.split(word).length - 1
}

/** Signs that stand there an odd number of times; each is counted without those that it is part of. */
function openSigns(sent: string, signs: readonly string[]): readonly string[] {
  let text = sent.replace(/\]\([^)]*\)|<https[^|>]*/g, '').replace(/^(?:#+|[-•>]) /gm, '')
  return signs.filter((sign) => {
    const count = countOf(text, sign)
    text = text.replaceAll(sign, '')
    return count % 2 === 1
  })
}

function openElements(sent: string): readonly string[] {
  const open: string[] = []
  for (const { groups = {} } of sent.matchAll(createHtmlPattern())) {
    const name = groups['name']?.toLowerCase()
    if (name === undefined || voidElements.has(name)) continue
    if (groups['close'] === '/') expect(open.pop()).toBe(name)
    else open.push(name)
  }
  return open
}

function unescaped(sent: string): string {
  return sent.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#61;', '=').replaceAll('&amp;', '&')
}

function lettersOf(shown: string): string {
  return shown.replace(/\P{L}+/gu, '')
}
