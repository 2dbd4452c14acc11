import { describe, expect, it } from 'vitest'
import { type Card, card, file, type Reply, say, whisper } from '../../../src/model/reply.js'
import { toMarkdown } from '../../../src/platforms/mattermost/html-to-markdown.js'
import { escapeMarkdown, fence } from '../../../src/platforms/mattermost/markdown.js'
import { render } from '../../../src/platforms/mattermost/render.js'
import { textLimit } from '../../../src/platforms/mattermost/wire.js'
import { growthBySteps, linear } from '../../fixtures/growth.js'
import { invocationOf } from '../../fixtures/invocation.js'
import { readMarkdown } from '../../fixtures/mattermost.js'
import { postedTo } from '../../fixtures/posted.js'

const press = (line: string) => ({ url: 'https://bot.example.com/mattermost/action', context: { line } })
const message = (text: string) => render(say(text)).message
const attachment = (shown: Card, options = {}) => render(card(shown, options), press).attachments[0]

describe('A text', () => {
  it('is shown as it was typed', () => {
    for (const [text, markdown] of [
      ['*bold* _it_ ~~no~~ `code`', '\\*bold\\* \\_it\\_ \\~\\~no\\~\\~ \\`code\\`'],
      ['snake_case_name and _this_', 'snake_case_name and \\_this\\_'],
      ['[here](http://evil.example.com)', '\\[here\\](http://evil.example.com)'],
      ['<b>&amp;</b> & more', '&lt;b>&amp;amp;&lt;/b> & more'],
      ['# no heading', '\\# no heading'],
      ['> no quote', '\\> no quote'],
      ['- no list\n+ nor this\n3. nor this', '\\- no list\n\\+ nor this\n3\\. nor this'],
      ['a\n---', 'a\n\\---'],
      ['a\n===', 'a\n&#61;=='],
      ['|a|b|\n|---|---|', '|a|b|\n|\\---|---|'],
      ['it costs $x$ or $$y$$', 'it costs \\$x\\$ or \\$\\$y\\$\\$'],
      ['back\\slash', 'back\\\\slash'],
      ['word:<@U9> word:a<b x:y', 'word:&lt;@U9> word&#58;a&lt;b x:y'],
      ['www.x.example<y x.com/*a*', 'www&#46;x.example&lt;y x.com&#47;\\*a\\*'],
      ['**https://x.example/**', '\\*\\*https://x.example/\ufeff\\*\\*'],
      ['https://x.example/ü<y', 'https://x.example/ü\ufeff&lt;y'],
    ] as const) {
      expect(message(text)).toBe(markdown)
      expect(readMarkdown(markdown)).toBe(text)
    }
  })

  it('ends its lines as people’s clients do, and makes no heading of them', () => {
    expect(message('10%\r20%\r---\r\n30%')).toBe('10%\n20%\n\\---\n30%')
  })

  it('keeps its indentation, which would make a block of code', () => {
    expect(message('a\n\n    b\n\tc')).toBe('a\n\n\u00a0\u00a0\u00a0\u00a0b\n\u00a0\u00a0\u00a0\u00a0c')
  })

  it('keeps addresses whole, so that they stay links', () => {
    const text = 'See https://ci.example.com/a_b_/c?d=_e_&f=~g#h_ now'
    expect(message(text)).toBe(text)
  })

  it('wakes nobody, unless it is to', () => {
    expect(message('@all @Channel @here. @here_ @kim @allison')).toBe('＠all ＠Channel ＠here. ＠here\\_ @kim @allison')
    expect(render(say('@all up', { notify: true })).message).toBe('@all up')
    expect(render(say('<b>@all</b>', { format: 'html' })).message).toBe('**＠all**')
    expect(render(say('@all', { tone: 'bad' })).attachments[0]).toMatchObject({ text: '＠all', fallback: '＠all' })
  })

  it('wakes nobody by what a sender posts, whether it is to sound or not', () => {
    const { notification } = postedTo(invocationOf('a'), 'mattermost')
    const shown = (reply: Reply) => render(reply, undefined, notification)
    const text = '@all <!here> @kim ops@kim.example'
    expect(shown(say(text, { notify: true })).message).toBe('＠all &lt;!here> ＠kim ops@kim.example')
    const drawn = card({ title: '@kim', text: '@here', fields: [{ label: 'By', value: '@kim' }] }, { notify: true })
    expect(shown(drawn).attachments[0]).toMatchObject({ title: '＠kim', text: '＠here', fields: [{ value: '＠kim' }] })
  })

  it('of a sender’s is searched for names in linear time', async () => {
    const { notification } = postedTo(invocationOf('a'), 'mattermost')
    for (const piece of ['@', '@a', '@-', 'a@', 'https://x/@']) {
      const draw = (times: number) => render(say(piece.repeat(times * 1_000)), undefined, notification)
      expect(await growthBySteps(draw), piece).toBeLessThan(linear)
    }
  })

  it('keeps mail addresses, and leads URLs where they led', () => {
    expect(message('ops@here.com .@here x-@all')).toBe('ops@here.com .＠here x-＠all')
    expect(message('https://social.example/@channel/feed?to=a@here.com')).toBe(
      'https://social.example/%40channel/feed?to=a@here.com',
    )
    const html = '<a href="https://social.example/@all">ops@channel.com</a>'
    expect(render(say(html, { format: 'html' })).message).toBe('[ops@channel.com](https://social.example/%40all)')
  })

  it('is never longer than the server takes, and never cut', () => {
    for (const text of [
      '*'.repeat(textLimit),
      '`'.repeat(textLimit),
      '& '.repeat(textLimit / 2),
      '<'.repeat(textLimit),
      '<!'.repeat(textLimit / 2),
    ]) {
      const shown = message(text)
      expect([...shown].length).toBeLessThanOrEqual(16_383)
      expect(shown.replaceAll('\u200b', '').replaceAll('＜!', '<!')).toContain(text)
    }
    const calls = 'https://x/@all '.repeat(1_066)
    expect(message(calls)).toBe(fence(calls.replaceAll('@', '＠')))
    expect(message('*'.repeat(textLimit))).toHaveLength(textLimit + 8)
  })

  it('has a coloured line where its tone means something', () => {
    expect(render(say('Out.', { tone: 'good' }))).toEqual({
      message: '',
      attachments: [{ fallback: 'Out.', color: '#2e9e5b', text: 'Out.' }],
    })
    expect(render(whisper('No.', { tone: 'neutral' })).attachments).toEqual([])
  })

  it('says that there is none, where the server would refuse it', () => {
    expect(render(say('<p> </p>', { format: 'html' })).message).toBe('(no text)')
  })
})

describe('A command’s HTML', () => {
  it('becomes Markdown', () => {
    for (const [html, markdown] of [
      ['<b>one</b> <strong>two </strong><i>three</i>', '**one two** *three*'],
      ['a<br>b<br/>c', 'a\nb\nc'],
      ['<a href="https://x.example.com/a_(b)">the _page_</a>', '[the \\_page\\_](https://x.example.com/a_%28b%29)'],
      ['<a href="javascript:alert(1)">no</a>', 'no'],
      ['<ul><li>one</li><li>two<br>lines</li></ul>', '- one\n- two\n  lines'],
      ['<ol><li>a<br>b</li><li>c</li></ol><ol start="7"><li>d</ol>', '1. a\n   b\n2. c\n\n7. d'],
      ['<pre>a *b*\n  c</pre>', '```\na *b*\n  c\n```'],
      ['<pre><code>x <b>y</b></code></pre>', '```\nx y\n```'],
      ['use <code>a_b*</code> and <code>`</code>', 'use `a_b*` and `ˋ`'],
      ['<img src="https://x.example.com/a.png" alt="A"/>', '![A](https://x.example.com/a.png)'],
      ['<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>', 'a b\nc'],
      ['<blockquote>so</blockquote>it is', '> so\n\nit is'],
      ['1 &lt; 2 &amp;&amp; &quot;x&quot; &#42;y&#x2a;', '1 &lt; 2 && "x" \\*y\\*'],
      ['<!-- no --><script>alert(1)</script>', 'alert(1)'],
      ['<b>open <i>both', '**open *both***'],
      ['</b>closed', 'closed'],
      ['<b', '&lt;b'],
      ['<constructor>a</constructor>', 'a'],
      ['x<b> </b>y<i></i>', 'x y'],
      ['<i>a <em>b</em> c</i> <b>d</b><strong>e</strong>', '*a b c* **de**'],
      ['<b>a<br>b<blockquote>c</blockquote></b>', '**a**\n**b**\n> **c**'],
      ['<em><a href="https://x.example/"><br></a><b> </b></em>c', '*[https://x.example/](https://x.example/)* c'],
      ['<a href="https://x.example/">a<br><b>b</b></a>', '[a](https://x.example/)\n**b**'],
      ['<ol><li>a<ul><li>b<br>c</ul><li>d</ol>e', '1. a\n   - b\n     c\n2. d\n\ne'],
      ['a<hr>b', 'a\n\n---\n\nb'],
      ['<b>a<pre>b</pre>c</b>', '**a**\n```\nb\n```\n**c**'],
    ] as const) {
      expect(toMarkdown(html), html).toBe(markdown)
    }
  })
})

describe('A block of code', () => {
  it('is ended by nothing in it', () => {
    expect(fence('a\n```\nb')).toBe('````\na\n```\nb\n````')
  })
})

describe('A card', () => {
  const full: Card = {
    title: '*web* 2.4',
    text: '_ready_',
    url: 'https://ci.example.com/7',
    icon: 'https://ci.example.com/icon.png',
    image: 'https://ci.example.com/graph.png',
    fields: [
      { label: 'Env', value: 'prod_eu_', tone: 'bad' },
      { label: 'Build', value: '7', url: 'https://ci.example.com/7' },
    ],
    buttons: [
      { label: 'Go', command: '/deploy start web', tone: 'good' },
      { label: 'Log', url: 'https://ci.example.com/log' },
    ],
  }

  it('is an attachment that shows all of it', () => {
    expect(render(card(full, { tone: 'warning' }), press)).toEqual({
      message: '',
      attachments: [
        {
          fallback: '*web* 2.4',
          color: '#e0a800',
          title: '*web* 2.4',
          title_link: 'https://ci.example.com/7',
          text: '\\_ready\\_\n[Log](https://ci.example.com/log)',
          fields: [
            { title: 'Env', value: '🔴 prod_eu\\_', short: true },
            { title: 'Build', value: '[7](https://ci.example.com/7)', short: true },
          ],
          thumb_url: 'https://ci.example.com/icon.png',
          image_url: 'https://ci.example.com/graph.png',
          actions: [
            { id: 'button0', type: 'button', name: 'Go', style: 'good', integration: press('/deploy start web') },
          ],
        },
      ],
    })
  })

  it('writes out what its buttons would type where nothing can be pressed', () => {
    const [shown] = render(card(full)).attachments
    expect(shown).not.toHaveProperty('actions')
    expect(shown?.text).toContain('Go: /deploy start web')
  })

  it('reads a title that is no link as Markdown, and escapes it', () => {
    expect(attachment({ title: '[x](https://evil.example.com)' })?.title).toBe('\\[x\\](https://evil.example.com)')
    expect(attachment({ title: ' ' })?.title).toBe('(no title)')
  })

  it('links to web addresses only, and drops no other silently', () => {
    const odd = attachment({ title: 'x', url: 'javascript:alert(1)', image: 'data:x', icon: 'ftp://x' })
    expect(odd).not.toHaveProperty('title_link')
    expect(odd).not.toHaveProperty('image_url')
    expect(odd?.text).toBe('javascript:alert(1)\ndata:x')
  })

  it('wakes nobody', () => {
    const shown = attachment({
      title: '@all',
      text: '@here',
      fields: [{ label: '@channel *who*', value: '@channel' }],
      buttons: [{ label: '@here *now*', command: '/ping' }],
    })
    expect(JSON.stringify(shown)).not.toMatch(/@(all|here|channel)/)
    // These two are shown as they stand, signs of Markdown too.
    expect(shown).toMatchObject({ fields: [{ title: '＠channel *who*' }], actions: [{ name: '＠here *now*' }] })
    const linked = attachment({ title: '<!channel>', url: 'https://example.com', text: '<!here>' })
    expect(JSON.stringify(linked)).not.toContain('<!')
  })
})

describe('A file that cannot be sent as one', () => {
  it('is shown where it is text', () => {
    expect(render(file('a_b.csv', 'x,y\n1,2', { type: 'text/csv', text: 'Here:' })).message).toBe(
      'Here:\n**a_b.csv**\n```\nx,y\n1,2\n```',
    )
  })

  it('is named where it is not', () => {
    expect(render(file('x.bin', new Uint8Array(3), { type: 'application/zip' })).message).toBe('**x.bin** (3 bytes)')
  })

  it('fits into one message however long it is', () => {
    for (const sign of ['x', '`', '🎲']) {
      const { message } = render(file('*'.repeat(500), sign.repeat(40_000), { text: '*'.repeat(9_000) }))
      expect([...message].length).toBeLessThanOrEqual(16_383)
    }
  })
})

describe('Escaping', () => {
  it('takes a time that grows with the text, and no faster', async () => {
    for (const piece of ['<', '&', ' ', '_', '<a ', '<a "', '<!--']) {
      const text = (length: number) => piece.repeat(length / piece.length)
      expect(await growthBySteps((times) => escapeMarkdown(text(times * 12_500))), piece).toBeLessThan(linear)
      expect(await growthBySteps((times) => toMarkdown(text((times * textLimit) / 16))), piece).toBeLessThan(linear)
    }
  })
})
