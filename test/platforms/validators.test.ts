import { ActionRowBuilder, ButtonBuilder, EmbedBuilder, embedLength } from '@discordjs/builders'
import { Parser } from '@mattermost/commonmark'
import { type Node, NodeType, parse } from 'slack-message-parser'
import { describe, expect, it } from 'vitest'
import { normalizeReply } from '../../src/delivery/normalize-reply.js'
import { card, type Reply, say } from '../../src/model/reply.js'
import { render as renderDiscord } from '../../src/platforms/discord/render.js'
import { textLimit as discordLimit } from '../../src/platforms/discord/wire.js'
import { render as renderMattermost } from '../../src/platforms/mattermost/render.js'
import { render as renderSlack } from '../../src/platforms/slack/render.js'
import type { Block, Image } from '../../src/platforms/slack/wire-message.js'
import { invocationOf } from '../fixtures/invocation.js'
import { fc } from '../fixtures/property.js'

const invocation = invocationOf('1', { user: { id: 'U0001', name: 'kim', mention: 'kim' } })

/** What people and programs write: words, addresses, signs that mean something to one of the services, scripts of the world. */
const words = fc.constantFrom(
  ...[
    'deploy',
    'a_b',
    '*b*',
    '_c_',
    '~d~',
    '`e`',
    '```',
    '[f](g)',
    '> h',
    '# i',
    '1. j',
    '- k',
    '|l|',
    '\\',
    '<!here>',
  ],
  ...[
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
    'é',
    '---',
    '===',
    '+ m',
    ' :n: ',
    '$o$',
    'word:',
    'https://e.example/a',
    'www.e.example',
    'e.com/',
  ],
)
const text = fc
  .array(fc.tuple(words, fc.constantFrom(' ', '\n', '')), { minLength: 1, maxLength: 40 })
  .map((parts) => parts.flat().join(''))
  .filter((all) => all.trim() !== '')
const long = fc.noShrink(
  fc.tuple(text, fc.integer({ min: 1, max: 600 })).map(([part, times]) => `${part} `.repeat(times)),
)
const url = fc.constantFrom(
  'https://e.example/EU Long 3.png',
  'https://e.example/日本.png',
  'https://e.example/a"b<c>|d',
  'HTTPS://E.EXAMPLE/?a=1&b=2#c',
  `https://e.example/${'a'.repeat(600)}`,
  `https://e.example/${'a'.repeat(2_100)}`,
  `https://e.example/${'a'.repeat(3_100)}`,
  'tel:5550100',
  'not an address',
)
const optional = <Value>(one: fc.Arbitrary<Value>) => fc.option(one, { nil: undefined })
const cards = fc
  .record({
    title: fc.oneof(text, long),
    text: optional(fc.oneof(text, long)),
    url: optional(url),
    icon: optional(url),
    image: optional(url),
    fields: optional(
      fc.array(fc.record({ label: text, value: fc.oneof(text, long), url: optional(url) }), { maxLength: 30 }),
    ),
    buttons: optional(
      fc.array(
        fc.record({
          label: text,
          command: optional(fc.constantFrom('/go', `/go ${'x'.repeat(3_000)}`)),
          url: optional(url),
        }),
        {
          maxLength: 30,
        },
      ),
    ),
  })
  .map((one) => normalizeReply(card(one as never)) as Reply)

const runs = { numRuns: Number(process.env['VALIDATOR_RUNS'] ?? 150) }

describe("Discord's own builders", () => {
  it('take every card, as they check what the service would refuse', () => {
    fc.assert(
      fc.property(cards, (reply) => {
        const { content, embeds, components } = renderDiscord(reply, invocation).message
        expect(content.length).toBeLessThanOrEqual(discordLimit)
        for (const { title, description, url, thumbnail, image, fields, color } of embeds) {
          const built = new EmbedBuilder()
          if (title !== undefined) built.setTitle(title)
          if (description !== undefined) built.setDescription(description)
          if (url !== undefined) built.setURL(url)
          if (thumbnail) built.setThumbnail(thumbnail.url)
          if (image) built.setImage(image.url)
          if (color !== undefined) built.setColor(color)
          if (fields) built.addFields(...fields)
          expect(embedLength(built.toJSON())).toBeLessThanOrEqual(6_000)
        }
        expect(components.length).toBeLessThanOrEqual(5)
        for (const row of components) {
          const buttons = row.components.map((one) => {
            const button = new ButtonBuilder().setLabel(one.label).setStyle(one.style)
            return 'url' in one && one.url !== undefined
              ? button.setURL(one.url)
              : button.setCustomId(one.custom_id ?? '')
          })
          new ActionRowBuilder<ButtonBuilder>().addComponents(...buttons).toJSON()
        }
      }),
      runs,
    )
  })
})

describe("Slack's limits of blocks", () => {
  it('are kept by every card', () => {
    fc.assert(
      fc.property(cards, (reply) => {
        const { blocks = [] } = renderSlack({ ...reply, tone: 'neutral' }, invocation)
        expect(blocks.length).toBeLessThanOrEqual(50)
        expect(JSON.stringify(blocks).replace(/\\./g, '.').length).toBeLessThanOrEqual(13_000)
        for (const block of blocks) keepsLimits(block)
      }),
      runs,
    )
  })
})

/** https://docs.slack.dev/reference/block-kit/blocks */
function keepsLimits(block: Block): void {
  const within = (text: string | undefined, most: number) => {
    expect(text?.length ?? 1).toBeGreaterThan(0)
    expect(text?.length ?? 1).toBeLessThanOrEqual(most)
  }
  const image = (one: Pick<Image, 'image_url' | 'alt_text'> | undefined) => {
    within(one?.image_url, 3_000)
    within(one?.alt_text, 2_000)
  }
  if (block.type === 'header') within(block.text.text, 150)
  if (block.type === 'section') {
    within(block.text?.text, 3_000)
    expect(block.fields?.length ?? 1).toBeLessThanOrEqual(10)
    for (const { text } of block.fields ?? []) within(text, 2_000)
    image(block.accessory)
  }
  if (block.type === 'image') image(block)
  if (block.type === 'context') for (const { text } of block.elements) within(text, 3_000)
  if (block.type !== 'actions') return
  expect(block.elements.length).toBeLessThanOrEqual(25)
  for (const { text, value, url } of block.elements) {
    within(text.text, 75)
    within(value, 2_000)
    within(url, 3_000)
  }
}

describe("a parser of Slack's messages", () => {
  it('reads a text as it was typed', () => {
    fc.assert(
      fc.property(text, (typed) => {
        const { text: sent = '' } = renderSlack(say(typed), invocation) as { readonly text?: string }
        expect(textOf(parse(sent))).toBe(typed)
      }),
      runs,
    )
  })
})

function unescaped(sent: string): string {
  return sent.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&#61;', '=').replaceAll('&amp;', '&')
}

/** What people read of it; commands and links would be there for what was typed as text. */
function textOf(node: Node): string {
  if (node.type === NodeType.Text) return unescaped(node.source)
  if ('children' in node && node.type === NodeType.Root) return node.children.map(textOf).join('')
  if (
    [
      NodeType.Bold,
      NodeType.Italic,
      NodeType.Strike,
      NodeType.Quote,
      NodeType.Code,
      NodeType.PreText,
      NodeType.Emoji,
    ].includes(node.type)
  )
    return unescaped(node.source) // the text is sent with `mrkdwn: false`: such signs mean nothing
  throw new Error(`${NodeType[node.type]}: ${node.source}`)
}

describe("Mattermost's own Markdown parser", () => {
  it('reads a text as it was typed', () => {
    fc.assert(
      fc.property(text, (typed) => {
        const { message } = renderMattermost(say(typed))
        const read = { text: '', marks: new Set<string>() }
        const walker = new Parser().parse(message).walker()
        for (let step = walker.next(); step; step = walker.next()) {
          const { node, entering } = step
          if (!entering) continue
          read.text += breaks.has(node.type)
            ? '\n'
            : node.type === 'at_mention'
              ? `@${node.mentionName}`
              : (node.literal ?? '')
          if (!breaks.has(node.type) && !plain.has(node.type)) read.marks.add(node.type)
        }
        expect([...read.marks]).toEqual([])
        expect(squeeze(read.text)).toBe(squeeze(typed))
      }),
      runs,
    )
  })
})

const breaks = new Set(['softbreak', 'linebreak', 'paragraph'])
/** A mention, an emoji and an address are shown as what was typed. */
const plain = new Set(['document', 'text', 'emoji', 'at_mention', 'link'])

/** Blanks and line ends count once; what keeps a mention from waking anybody is not seen. */
function squeeze(shown: string): string {
  return shown
    .replace(/＠|%40(?=channel)/g, '@')
    .replace(/[\u200b\ufeff]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
}
