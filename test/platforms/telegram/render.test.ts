import { describe, expect, it } from 'vitest'
import { splitReply } from '../../../src/delivery/split.js'
import { card, type Reply, say, whisper } from '../../../src/model/reply.js'
import { toTelegramHtml } from '../../../src/platforms/telegram/html.js'
import { render } from '../../../src/platforms/telegram/render.js'
import { invocationOf } from '../../fixtures/invocation.js'
import { fc } from '../../fixtures/property.js'
import { findHtmlFault, visibleText } from '../../fixtures/telegram-html.js'

const invocation = invocationOf('1', {
  platform: 'telegram',
  user: { id: '1001', name: 'Kim <Lee>' },
  room: { id: '-1', name: 'Ops' },
})
const htmlOf = (reply: Reply) => render(reply, invocation).content.text

describe('a text', () => {
  it('is shown as it was typed', () => {
    expect(htmlOf(say('a <b>&amp;</b> "c"'))).toBe('a &lt;b&gt;&amp;amp;&lt;/b&gt; &quot;c&quot;')
  })

  it('is never empty', () => {
    expect([
      htmlOf(say(' \n')),
      htmlOf(say('', { format: 'html' })),
      htmlOf(say('<b></b>', { format: 'html' })),
    ]).toEqual(['(no text)', '(no text)', '(no text)'])
  })

  it('has the sign of its tone in front, where there is room for it', () => {
    expect(htmlOf(say('x', { tone: 'bad' }))).toBe('🔴 x')
    expect(htmlOf(say('x'.repeat(4_096), { tone: 'bad' }))).toBe('x'.repeat(4_096))
    expect(htmlOf(say('<'.repeat(4_090), { tone: 'bad' }))).toMatch(/^🔴 &lt;/)
  })

  it('says whom it is for where others read it', () => {
    const { text } = render(whisper('psst'), invocation, 'aloud').content
    expect(text).toBe('<a href="tg://user?id=1001">Kim &lt;Lee&gt;</a>: psst')
    expect(render(whisper('x'.repeat(4_096)), invocation, 'aloud').content.text).toBe('x'.repeat(4_096))
  })

  it('of a sender calls nobody by name, unless the sender may', () => {
    const notification = { id: 'n', sender: { id: 's', name: 'ci' }, reply: say('x') }
    const posted = (mentions?: boolean) =>
      render(say('@kim see https://x.example/@kim'), { ...invocation, notification: { ...notification, mentions } })
        .content.text
    expect(posted()).toBe('＠kim see https://x.example/%40kim')
    expect(posted(true)).toBe('@kim see https://x.example/@kim')
  })
})

describe('a hundred thousand emoji', () => {
  it.each([
    ['😀', 'text', 100_000],
    ['👩‍👩‍👧', 'text', 10_000],
    ['<b>😀</b>', 'html', 10_000],
  ] as const)('%s, as %s, go in parts that the service takes, with no tag and no pair cut', (sign, format, count) => {
    const parts = splitReply(say(sign.repeat(count), { format }), 4_096).map(htmlOf)
    for (const part of parts) {
      expect(findHtmlFault(part)).toBeUndefined()
      expect(visibleText(part).length).toBeLessThanOrEqual(4_096)
      expect(/\p{Surrogate}/u.test(part)).toBe(false)
    }
    const bare = sign.replace(/<[^>]*>/g, '')
    expect(parts.map(visibleText).join('') === bare.repeat(count)).toBe(true)
  })
})

describe('HTML', () => {
  it.each([
    ['<b>a</b> <i>b</i> <u>c</u> <s>d</s>', '<b>a</b> <i>b</i> <u>c</u> <s>d</s>'],
    ['<strong>a<em>b</em></strong>', '<b>a<i>b</i></b>'],
    ['<b>a', '<b>a</b>'],
    ['a</b></i>', 'a'],
    ['<b>a<i>b</b>c</i>', '<b>a<i>b</i></b><i>c</i>'],
    ['<b><code>x</code></b>', '<code>x</code>'],
    ['<b>a <code>x &lt; y</code> b</b>', '<b>a</b> <code>x &lt; y</code> <b>b</b>'],
    ['<pre>a\n  <b>b</b>\n</pre>c', '<pre>a\n  b</pre>\nc'],
    ['<p>a</p><p>b</p>', 'a\n\nb'],
    ['a<br>b<br><br>c', 'a\nb\n\nc'],
    ['<ul><li>a<li>b</ul><ol><li>c<li>d</ol>', '• a\n• b\n1. c\n2. d'],
    ['<ul><li>a<ol><li>b<br>c</ol><li>d</ul>', '• a\n  1. b\n     c\n• d'],
    ['<blockquote>a<blockquote>b</blockquote></blockquote>c', '<blockquote>a\nb</blockquote>\nc'],
    ['<a href="https://x.example/?a=1&b=2">l</a>', '<a href="https://x.example/?a=1&amp;b=2">l</a>'],
    ['<a href="javascript:alert(1)">l</a>', 'l'],
    ['<a href="http://localhost:3000/">l</a>', 'l'],
    ['<a href="https://x.example/&quot;&gt;<b>">l</a>', '<a href="https://x.example/%22%3E%3Cb%3E">l</a>'],
    ['<img src="https://x.example/a.png" alt="graph">', '<a href="https://x.example/a.png">graph</a>'],
    ['<table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>', '<b>a</b> b\nc'],
    ['<h1>a</h1>b', '<b>a</b>\nb'],
    ['<script>x</script><foo>y</foo><!-- no -->', 'xy'],
    ['&amp; &lt; &eacute; &nbsp;x', '&amp; &lt; é \u00a0x'],
    ['  a\n   b  ', 'a b'],
  ])('%j is sent as %j', (given, sent) => {
    expect(toTelegramHtml(given)).toBe(sent)
  })

  it('is such as the service takes, whatever it is, with every word', () => {
    const piece = fc.oneof(
      fc.constantFrom('wörd', '😀', ' ', '\n', '&amp;', '&', '<', '>', '"', '<br>', '<hr>', '<!-- x'),
      fc
        .tuple(
          fc.constantFrom('', '/'),
          fc.constantFrom(
            'b',
            'i',
            'code',
            'pre',
            'blockquote',
            'a href="https://x.example/?a&b"',
            'ul',
            'ol',
            'li',
            'p',
            'td',
            'h2',
            'u',
            'del',
            'foo',
          ),
        )
        .map(([close, name]) => `<${close}${close ? name.split(' ')[0] : name}>`),
    )
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }).map((all) => all.join('')),
        (html) => {
          const sent = toTelegramHtml(html)
          expect(findHtmlFault(sent), sent).toBeUndefined()
          expect(visibleText(sent).replace(/^ +/gm, '').length).toBeLessThanOrEqual(html.length + 3)
          // `<wörd` begins a tag, as in a browser: what stands in it is not shown.
          const shown = html.replace(/<!--[\s\S]*/, '').replace(/<\/?[a-z][^<>]*>/gi, '')
          expect(sent.split('wörd').length).toBe(shown.split('wörd').length)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('a card', () => {
  it('is a text with its buttons below', () => {
    const { content } = render(
      card(
        {
          title: 'web <2>',
          url: 'https://x.example/web',
          text: 'Shipped & up',
          fields: [
            { label: 'Env', value: 'prod', url: 'https://x.example/env', tone: 'good' },
            { label: 'By', value: 'kim' },
          ],
          buttons: [
            { label: 'Back', command: '/deploy rollback', tone: 'bad' },
            { label: 'Log', url: 'https://x.example/log' },
            { label: 'Here', url: 'http://localhost/' },
          ],
        },
        { tone: 'good' },
      ),
      invocation,
    )
    expect(content.text).toBe(
      [
        '🟢 <b><a href="https://x.example/web">web &lt;2&gt;</a></b>',
        'Shipped &amp; up',
        '<b>Env</b>: 🟢 <a href="https://x.example/env">prod</a>',
        '<b>By</b>: kim',
        'Here: http://localhost/',
      ].join('\n'),
    )
    expect(content.reply_markup?.inline_keyboard).toEqual([
      [
        { text: '❗ Back', callback_data: '/deploy rollback' },
        { text: 'Log', url: 'https://x.example/log' },
      ],
    ])
    expect(content.link_preview_options).toEqual({ is_disabled: true })
  })

  it('shows its image large, and leads to it', () => {
    const { content } = render(card({ title: 'x', image: 'https://x.example/a b.png' }), invocation)
    expect(content.link_preview_options).toEqual({ url: 'https://x.example/a%20b.png', prefer_large_media: true })
    expect(content.text).toContain('href="https://x.example/a%20b.png"')
  })

  it('has few buttons in a row where their labels are long', () => {
    const rows = (label: string) => {
      const buttons = Array.from({ length: 6 }, () => ({ label, command: '/go' }))
      return render(card({ title: 'x', buttons }), invocation).content.reply_markup?.inline_keyboard.map(
        ({ length }) => length,
      )
    }
    expect(rows('Go')).toEqual([3, 3])
    expect(rows('x'.repeat(20))).toEqual([1, 1, 1, 1, 1, 1])
  })
})

describe('a file', () => {
  it('that is too large is named', () => {
    const content = Buffer.alloc(50 * 1_048_576 + 1).toString('base64')
    const large: Reply = { kind: 'file', name: 'dump.bin', type: 'application/octet-stream', content, audience: 'room' }
    expect(htmlOf(large)).toBe('dump.bin (52428801 bytes) is too large here.')
    expect(render(large, invocation).file).toBeUndefined()
  })
})
