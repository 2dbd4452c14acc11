import { describe, expect, it } from 'vitest'
import { splitHtml } from '../../src/delivery/split-html.js'
import { toMarkdown } from '../../src/platforms/discord/markdown.js'
import { fromHtml } from '../../src/platforms/slack/mrkdwn.js'
import { growthBySteps, linear } from '../fixtures/growth.js'
import { fc } from '../fixtures/property.js'

const tags = ['b', 'i', 's', 'code', 'p', 'li', 'ul', 'h1', 'h5', 'blockquote', 'td', 'tr', 'u']
const piece = fc.oneof(
  fc.constantFrom(...tags.flatMap((tag) => [`<${tag}>`, `</${tag}>`])),
  fc.constantFrom('<a href="https://e.example/">', '</a>', '<br>', '<hr>', '<!-- no -->', '<x-y z="a > b">'),
  fc.constantFrom('word', 'な', ' ', '\n', '&nbsp;', '&amp;', '.', '😀', 'two words', ' a ', 'b.'),
)
const html = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))

/** Three stars in a row can be read in two ways. */
const withoutItalics = (given: string) => toMarkdown(given.replace(/<\/?i>/g, ''))

describe.each([
  ['Slack', fromHtml, /`|\*|_|~/g],
  ['Discord', withoutItalics, /`|\*\*|__|~~/g],
] as const)('HTML in %s', (_, show, signs) => {
  it('closes each sign that it opens, on its line and at a word', () => {
    fc.assert(
      fc.property(html, (given) => {
        for (const line of show(given).replaceAll('https://e.example/', 'link').split('\n')) {
          const open: string[] = []
          for (const { 0: sign, index } of line.matchAll(signs)) {
            const opens = open.at(-1) !== sign
            if (opens) open.push(sign)
            else open.pop()
            expect(line.charAt(opens ? index + sign.length : index - 1)).toMatch(/\S/)
          }
          expect([line, open]).toEqual([line, []])
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('loses no word', () => {
    const bare = (text: string) => text.replace(/https:\/\/e\.example\/|&\w+;|[^\p{L}\p{Emoji_Presentation}]/gu, '')
    fc.assert(
      fc.property(html, (given) => {
        const said = given.replace(/<!--.*?-->|<[^<>"]*(?:"[^"]*"[^<>"]*)*>|&\w+;/g, '')
        expect(bare(show(given))).toBe(bare(said))
      }),
      { numRuns: 1_000 },
    )
  })

  it('leaves no block of code and no sign open where it was split', () => {
    const lines = Array.from({ length: 120 }, (_, at) => `line ${at} &lt;of&gt; it`).join('\n')
    const italic = 'some words of it '.repeat(265)
    const shown = splitHtml(`<pre>${lines}</pre><i class="x">${italic}</i>`, 1_000).map(show)
    expect(shown.length).toBeGreaterThan(5)
    for (const part of shown) expect((part.match(/```/g) ?? []).length % 2).toBe(0)
    expect(shown.filter((part) => part.includes('some')).every((part) => /^(?:_.*_|[^_]*)$/s.test(part))).toBe(true)
  })

  it('is read in linear time', async () => {
    for (const unit of [
      '<b>',
      '<b>x ',
      '<b>x</b>',
      '<a href="https://e.example">x',
      '<li>',
      '<blockquote>x<br>',
      ' ',
      '<pre>',
    ])
      expect(await growthBySteps((times) => show(unit.repeat((times * 4_000) / unit.length))), unit).toBeLessThan(
        linear,
      )
  })
})
