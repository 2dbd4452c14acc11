import { describe, expect, it } from 'vitest'
import { splitReply } from '../../src/delivery/split.js'
import { splitHtml } from '../../src/delivery/split-html.js'
import { say } from '../../src/model/reply.js'
import { growthBySteps, linear } from '../fixtures/growth.js'
import { fc } from '../fixtures/property.js'

/** What is left to read. */
const textOf = (html: string) => html.replace(/<!--[\s\S]*?-->|<\/?[a-z](?:"[^"]*"|[^">])*>/g, '')
const words = (html: string) => textOf(html).replace(/\s+/g, '')

/** The elements that a part leaves open, or closes without having opened them. */
function unbalanced(part: string): readonly string[] {
  const open: string[] = []
  const odd: string[] = []
  for (const [, close, name = ''] of part.matchAll(/<!--[\s\S]*?-->|<(\/?)([a-z]\w*)(?:"[^"]*"|[^">])*>/g)) {
    if (['', 'br', 'img'].includes(name)) continue
    if (!close) open.push(name)
    else if (open.pop() !== name) odd.push(`/${name}`)
  }
  return [...open, ...odd]
}

describe('HTML longer than the platform takes', () => {
  it('is closed at the cut and opened anew behind it', () => {
    expect(splitHtml('<pre>one\ntwo\nthree</pre>', 22)).toEqual(['<pre>one\ntwo</pre>', '<pre>three</pre>'])
    expect(splitHtml('<i class="x">one two three four five six</i>', 36)).toEqual([
      '<i class="x">one two three four </i>',
      '<i class="x">five six</i>',
    ])
    const lines = Array.from({ length: 120 }, (_, at) => `line ${at} of it`).join('\n')
    const parts = splitHtml(`<b>Log</b><pre>${lines}</pre>done`, 400)
    expect(parts.flatMap(unbalanced)).toEqual([])
    expect(words(parts.join(''))).toBe(words(`Log${lines}done`))
  })

  it('is cut where its lines end', () => {
    expect(splitHtml('one<br>two<br>three', 14)).toEqual(['one<br>two', 'three'])
    expect(splitHtml('<ul><li>one</li><li>two</li></ul>', 27)).toEqual([
      '<ul><li>one</li></ul>',
      '<ul><li>two</li></ul>',
    ])
    expect(splitHtml('<p>one<p>two<p>three', 17)).toEqual(['<p>one</p>', '<p>two</p>', '<p>three</p>'])
  })

  it('goes on in a numbered list with the number that it had come to', () => {
    const list = (items: number) => Array.from({ length: items }, (_, at) => `<li>i${at}</li>`).join('')
    expect(splitHtml(`<ol>${list(4)}</ol>`, 40)).toEqual([
      '<ol><li>i0</li><li>i1</li></ol>',
      '<ol start="3"><li>i2</li></ol>',
      '<ol start="4"><li>i3</li></ol>',
    ])
    const one = 'one '.repeat(20)
    expect(splitHtml(`<ol type="a" start=5><li>${one}<li>${one}${one}</ol>`, 120)).toEqual([
      `<ol type="a" start=5><li>${one}</li></ol>`,
      `<ol type="a" start="6"><li>${one}</li></ol>`,
      `<ol type="a" start="6"><li>${one}</li></ol>`,
    ])
    expect(splitHtml(`<ol><li>a<ol><li>${one}</li><li>${one}</li></ol></li><li>${one}</li></ol>`, 130)).toEqual([
      `<ol><li>a<ol><li>${one}</li></ol></li></ol>`,
      `<ol><li><ol start="2"><li>${one}</li></ol></li></ol>`,
      `<ol start="2"><li>${one}</li></ol>`,
    ])
  })

  it('is never cut in a tag or an entity', () => {
    const tag = '<span style="a: b; c: d" title="x > y">'
    const link = '<a href="https://e.example/?a=1&amp;b=2">'
    for (let before = 0; before < 120; before++) {
      for (const html of [`${tag}yy</span>`, `${link}go</a>`, '&amp;&hellip;&#128077;', '<br/>&lt;<br/>']) {
        const whole = `${'x'.repeat(before)}${html}${'z'.repeat(40)}`
        const parts = splitHtml(whole, 100)
        expect(parts.flatMap(unbalanced)).toEqual([])
        expect(words(parts.join(''))).toBe(words(whole))
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(100)
          expect(textOf(part)).toMatch(/^(?:[xyzgo]|&(?:amp|hellip|#128077|lt);)*$/)
        }
      }
    }
  })

  it('is never cut in a grapheme', () => {
    const family = '👩\u200d👩\u200d👧'
    for (let before = 0; before < 20; before++) {
      const parts = splitHtml(`<b>${'x'.repeat(before)}${family}</b>`, 20)
      expect(parts.filter((part) => part.includes('👧')).every((part) => part.includes(family))).toBe(true)
    }
  })

  it('loses a tag that is too long for any part, and nothing of what it says', () => {
    const html = `<a href="https://e.example/${'x'.repeat(200)}">here and there</a> and more ${'y '.repeat(40)}`
    const parts = splitHtml(html, 100)
    expect(words(parts.join(''))).toBe(words(html))
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(100)
  })

  it('keeps the limit where a space comes right behind it', () => {
    expect(splitHtml('<img src="x">a longer line of text, &eacute;</b> ', 44)).toEqual([
      '<img src="x">a longer line of text, ',
      '&eacute; ',
    ])
  })

  it('loses no word, leaves nothing open and keeps the limit, whatever it is', () => {
    const piece = fc.constantFrom(
      ...['<b>', '</b>', '<i>', '</i>', '<pre>', '</pre>', '<br>', '<li>', '</li>', '<ul>', '</ul>', '<p>', '</p>'],
      ...['<a href="https://e.example/?a=1&amp;b=2" title="a > b">', '</a>', '<img src="x">', '<!-- no -->'],
      ...['&amp;', '&eacute;', 'word', ' ', '\n', '😀', 'e\u0301', 'a longer line of text, '],
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 80 }), fc.integer({ min: 40, max: 300 }), (pieces, limit) => {
        const html = pieces.join('')
        const parts = splitHtml(html, limit)
        expect(words(parts.join(''))).toBe(words(html))
        if (html.length > limit) expect(parts.flatMap(unbalanced)).toEqual([])
        for (const part of parts) {
          expect(part.length).toBeLessThanOrEqual(limit)
          expect(part).not.toMatch(/[\ud800-\udbff](?![\udc00-\udfff])/)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  it('takes a time that grows with its length, however it is nested', async () => {
    for (const piece of ['<b>', '</b>', '<b>x', '<i></b>', '<p>', '&', '<', '<a "', '\n', 'x ', '<!--', '😀'])
      expect(
        await growthBySteps((times) => splitHtml(piece.repeat((times * 6_000) / piece.length), 400)),
        piece,
      ).toBeLessThan(linear)
  })

  it('is split as a reply too', () => {
    const parts = splitReply(say('<i>one two three</i>', { format: 'html', notify: true }), 16)
    expect(parts).toEqual([
      say('<i>one two </i>', { format: 'html', notify: true }),
      say('<i>three</i>', { format: 'html', notify: false }),
    ])
  })
})
