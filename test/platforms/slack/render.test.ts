import { type Node, NodeType, parse } from 'slack-message-parser'
import { describe, expect, it } from 'vitest'
import type { Invocation } from '../../../src/model/invocation.js'
import { card, file, type Reply, say } from '../../../src/model/reply.js'
import { drawCard } from '../../../src/platforms/slack/card.js'
import { render, renderPlain } from '../../../src/platforms/slack/render.js'
import { growth, growthBySteps, linear } from '../../fixtures/growth.js'
import { postedTo } from '../../fixtures/posted.js'
import { fc } from '../../fixtures/property.js'

const invocation: Invocation = {
  id: 'x',
  platform: 'slack',
  installation: 'T0001',
  tenant: { id: 'T0001' },
  room: { id: 'C0001', name: 'ops' },
  user: { id: 'U0001', name: 'kim', mention: 'kim' },
  text: '/x',
  mentions: [{ id: 'U345', name: 'U345', mention: 'U345' }],
  at: 0,
  replyTo: {},
}
const draw = (reply: Reply) => render(reply, invocation)
const html = (text: string) => draw(say(text, { format: 'html' })).text

describe('render of text', () => {
  it('lets no text wake, link or hide anything', () => {
    expect(draw(say('<!channel> <@U9> <https://x|y> & *b*'))).toEqual({
      text: '&lt;!channel&gt; &lt;@U9&gt; &lt;https://x|y&gt; &amp; *b*',
      mrkdwn: false,
    })
  })

  it('lets no title, label or picture wake anybody, wherever it is read', () => {
    const buttons = [{ label: '<!here> go', command: '/ping' }]
    const drawn = card({ title: '<!channel> <@U9>', text: '<!here>', image: 'https://e.com/i.png', buttons })
    for (const tone of ['neutral', 'bad'] as const)
      expect(JSON.stringify(draw({ ...drawn, tone }))).not.toMatch(/<[!@]/)
  })

  it('calls who asked and whom the line mentioned, and nobody else', () => {
    expect(draw(say('@kim, @U345 and U345: not kim, @lee, @kimberly, a@kim')).text).toBe(
      '<@U0001>, <@U345> and <@U345>: not kim, @lee, @kimberly, a@kim',
    )
    expect(draw(say('cc:@kim (@kim), -@kim. @kim’s')).text).toBe('cc:<@U0001> (<@U0001>), -<@U0001>. <@U0001>’s')
  })

  it.each([
    'https://blog.example/@kim/p and blog.example/@kim',
    'https://acme.example/team/U345 https://acme.example/?who=U345&amp;x=@kim',
    'npm i @kim/cli @kim@social.example kim@kim.example U345-7 x=U345 é@kim @kimé U345.log',
    'U0001 and kim',
  ])('leaves addresses and longer words as they are: %s', (text) => {
    const typed = text.replaceAll('&amp;', '&')
    expect(draw(say(typed)).text).toBe(text)
  })

  it('draws a card in linear time, whatever its line ends', async () => {
    for (const piece of ['\r', ' \r', '\u2028', '\n', ' ', '> ', '*', '`a', '&']) {
      const drawn = (times: number) => draw(card({ title: piece.repeat(times * 2_000) }))
      expect(await growthBySteps(drawn), JSON.stringify(piece)).toBeLessThan(linear)
    }
  })

  it('looks for names in linear time', async () => {
    for (const piece of ['a+', 'a.', '`', '@', '_.', 'a://'])
      expect(await growthBySteps((times) => draw(say(piece.repeat(times * 1_000)))), piece).toBeLessThan(linear)
  })

  it('leaves code and links of html as they are', () => {
    expect(html('<code>@kim</code> <pre>@kim</pre> <a href="https://x.example/@kim">by @kim</a>')).not.toContain('<@')
  })

  it('calls nobody in a scheduled reply by the scheduler’s name', () => {
    const user = { id: 'schedule', name: 'schedule' }
    const text = 'The schedule is @schedule, by @U345'
    const shown = render(say(text), { ...invocation, user, scheduled: 'digest' }).text
    expect(shown).toBe('The schedule is @schedule, by <@U345>')
  })

  it('calls nobody in what a sender posts, and shows what would wake a channel', () => {
    const reply = say('@ci: <!here> <@U345> @notify:ci', { notify: true })
    const shown = render(reply, postedTo(invocation, 'slack', reply)).text
    expect(shown).toBe('@ci: &lt;!here&gt; &lt;@U345&gt; @notify:ci')
  })

  it('paints a tone as a bar, and shows the text once', () => {
    expect(draw(say('It *is* out', { tone: 'good' }))).toEqual({
      attachments: [{ color: '#2eb67d', fallback: 'It *is* out', text: 'It *is* out', mrkdwn_in: [] }],
    })
  })

  it('says something where there is nothing to say', () => {
    expect(html('<br><i></i>')).not.toBe('')
    expect(draw(say(' ')).text).toBe('(no text)')
  })
})

describe('render of html', () => {
  it.each([
    ['<b>bold</b> <em>slanted</em> <s>gone</s> <code>a&lt;b</code>', '*bold* _slanted_ ~gone~ `a&lt;b`'],
    ['one<br>two<br/>three', 'one\ntwo\nthree'],
    ['<p>one</p><p>two</p>', 'one\n\ntwo'],
    ['<a href="https://example.com/?a=1&amp;b=2">here</a>', '<https://example.com/?a=1&amp;b=2|here>'],
    ["<a href='javascript:alert(1)'>here</a>", 'here'],
    ['<ul><li>one</li><li>two</li></ul>', '• one\n• two'],
    ['<ol><li>one</li><li>two</li></ol><ol start="7"><li>x</ol>', '1. one\n2. two\n7. x'],
    ['<pre>  a\n  b &amp; c</pre>', '```\n  a\n  b &amp; c\n```'],
    ['<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>', 'a  b\n1  2'],
    ['&#60;!channel&#62; &lt;@U9&gt; &hellip;', '&lt;!channel&gt; &lt;@U9&gt; …'],
    ['<!-- hidden -->a <img src="x" alt="a picture"> b', 'a a picture b'],
    ['a < b', 'a &lt; b'],
    ['重要な<b>お知らせ</b>です。', '重要な\u200b*お知らせ*\u200bです。'],
    ['re<b>start</b>ed', 're\u200b*start*\u200bed'],
    ['<b>Note: </b>disk full', '*Note:* disk full'],
    ['a<i> it </i>text, <b>\u3000b&nbsp;</b>c', 'a _it_ text, \u3000*b*\u00a0c'],
    ['x<b></b>y <i> </i>z<b><br></b>', 'xy z'],
    ['<b>a<br>b</b>', '*a*\n*b*'],
    ['<b>one <i>two</b> three</i>', '*one _two_* _three_'],
    ['<i>a</i><b>b</b>, <code>c</code>d', '_a_\u200b*b*, `c`\u200bd'],
    ['<pre>a <b>b</b> <i>c</i></pre>', '```\na b c\n```'],
    ['<pre>a\n```\nb</pre>', '```\na\n``\u200b`\nb\n```'],
    ['<code>a`b</code>', '`aˋb`'],
    ['<b>_private_</b> 2 * 3', '*\u2060_\u2060private\u2060_\u2060* 2 * 3'],
    ['<b><a href="https://x.example">a <i>b</i></a></b>', '*<https://x.example|a> _<https://x.example|b>_*'],
    ['<h4>T</h4>x<div>y</div>z', '*T*\nx\ny\nz'],
    ['<blockquote>one<br>two</blockquote>three', '> one\n> two\nthree'],
    ['<a href="https://x.example"></a>', '<https://x.example>'],
  ])('reads %s as %s', (given, shown) => {
    expect(html(given)).toBe(shown)
  })

  it('lets no address and no label end its mark early', () => {
    expect(html('<a href="https://x/|y <!here>&gt;">here</a>')).toBe('<https://x/%7Cy%20%3C!here%3E%3E|here>')
    expect(html('<a href="https://x">&lt;!channel&gt;</a>')).toBe('<https://x|&lt;!channel&gt;>')
    expect(html('<a href="https://x">a<a href="https://y">b')).toBe('<https://x|a><https://y|b>')
  })

  it('takes no longer for what is nested deeply or never closed', async () => {
    for (const piece of ['<b>', '<', '<a ', '<a href="', "<a '", '&', '<!--']) {
      expect(await growth((times) => html(piece.repeat((times * 975) / piece.length))), piece).toBeLessThan(linear)
    }
  })
})

describe('render of a card', () => {
  it('draws every part of it', () => {
    const shown = draw(
      card(
        {
          title: 'Build <42>',
          url: 'https://ci.example.com/42?a=1&b=2',
          icon: 'https://ci.example.com/icon.png',
          image: 'https://ci.example.com/42.png',
          text: 'It took *long*',
          fields: [
            { label: 'Branch', value: 'main', url: 'https://ci.example.com/main' },
            { label: 'State', value: 'failed', tone: 'bad' },
          ],
          buttons: [
            { label: 'Again', command: '/build 42 --again', tone: 'good' },
            { label: 'Log', url: 'https://ci.example.com/42/log' },
          ],
        },
        { tone: 'bad' },
      ),
    )
    expect(shown.text).toBeUndefined()
    expect(shown.attachments).toMatchObject([{ color: '#e01e5a' }])
    expect(shown.attachments?.[0]?.blocks).toMatchObject([
      {
        type: 'section',
        text: { text: '*<https://ci.example.com/42?a=1&amp;b=2|Build &lt;42&gt;>*' },
        accessory: { type: 'image', image_url: 'https://ci.example.com/icon.png' },
      },
      { type: 'section', text: { text: 'It took \u2060*\u2060long\u2060*\u2060' } },
      {
        type: 'section',
        fields: [{ text: '*Branch*\n<https://ci.example.com/main|main>' }, { text: '*State*\n🔴 failed' }],
      },
      { type: 'image', image_url: 'https://ci.example.com/42.png', alt_text: 'Build <42>' },
      {
        type: 'actions',
        elements: [
          { action_id: 'button-0-0', value: '/build 42 --again', style: 'primary', text: { text: 'Again' } },
          { action_id: 'button-0-1', url: 'https://ci.example.com/42/log' },
        ],
      },
    ])
  })

  it('has the title as a header, and the whole as text for notifications', () => {
    expect(draw(card({ title: 'Hello', text: 'a & b' }))).toMatchObject({
      text: '*Hello*\na &amp; b',
      blocks: [
        { type: 'header', text: { text: 'Hello' } },
        { type: 'section', text: { text: 'a &amp; b' } },
      ],
    })
  })

  it('stays within the limits of blocks, whatever there is to show', () => {
    const long = '&'.repeat(9_000)
    const { blocks = [] } = draw(
      card({
        title: long,
        text: `${long}\nx`,
        fields: Array.from({ length: 23 }, () => ({ label: long, value: long })),
        buttons: Array.from({ length: 60 }, (_, at) => ({ label: `${at} ${long}`, command: '/x' })),
      }),
    )
    expect(blocks.length).toBeLessThanOrEqual(50)
    for (const block of blocks) {
      if (block.type === 'section') {
        expect(block.text?.text.length ?? 1).toBeLessThanOrEqual(3_000)
        expect(block.fields?.length ?? 1).toBeLessThanOrEqual(10)
        for (const { text } of block.fields ?? []) expect(text.length).toBeLessThanOrEqual(2_000)
        for (const { text } of block.fields ?? []) expect(text).toMatch(/^(\*|\n|&amp;)+…$/)
      }
      if (block.type === 'actions') {
        expect(block.elements.length).toBeLessThanOrEqual(25)
        for (const button of block.elements) expect(button.text.text.length).toBeLessThanOrEqual(75)
      }
    }
  })

  it('shows a label without its link where the address makes it too long, and says the address as text', () => {
    for (const length of [2_009, 3_009]) {
      const url = `https://ci.example/${'a'.repeat(length - 19)}`
      const { blocks, left } = drawCard({ title: 'Build', fields: [{ label: 'Log', value: 'open', url }] })
      expect(blocks.at(-1)).toMatchObject({ fields: [{ text: '*Log*\nopen' }] })
      expect(left).toBe(`Log: open ${url}`)
      const titled = drawCard({ title: 'Build 7', url })
      const linked = { type: 'section', text: { text: `*<${url}|Build 7>*` } }
      expect(titled.blocks[0]).toMatchObject(length < 3_000 ? linked : { type: 'header', text: { text: 'Build 7' } })
      expect(titled.left).toBe(length < 3_000 ? '' : url)
    }
  })

  it('draws no picture whose address is too long, and keeps the rest of the card', () => {
    const long = `https://ci.example/${'a'.repeat(3_000)}`
    const buttons = [{ label: 'Again', command: '/build' }]
    const { blocks, left } = drawCard({ title: 'Build', icon: long, image: long, buttons })
    expect(blocks.map(({ type }) => type)).toEqual(['header', 'actions'])
    expect(left).toBe(long)
  })

  it.each(['*b* _i_ ~s~ `c`', '> q', '(*b*)', '**b** ***', '1 * 2 * 3', 'a_b_c *.log', '```x```', '*b*, _i_. ~s~!'])(
    'shows %s as it was typed, wherever it stands',
    (typed) => {
      const url = 'https://ci.example/'
      const fields = [
        { label: typed, value: typed },
        { label: typed, value: typed, url },
      ]
      const shown = card({ title: typed, url, text: typed, fields, buttons: [{ label: typed, url: 'ftp://x' }] })
      const { blocks = [], text = '' } = draw(shown)
      for (const one of [...markedIn(blocks), text, renderPlain(shown, invocation).text ?? '']) {
        expect(marksIn(parse(one.replace(/^\*(.*?)\*(?=\s|$)/gm, '$1'))), one).toEqual([])
        expect(one.replaceAll('\u2060', '')).toContain(typed.replaceAll('>', '&gt;'))
      }
      expect(html(`<p>${typed.replaceAll('>', '&gt;')}</p>`)?.replaceAll('\u2060', '')).toBe(
        typed.replaceAll('>', '&gt;'),
      )
      expect(marksIn(parse(html(`<p>${typed.replaceAll('>', '&gt;')}</p>`) ?? ''))).toEqual([])
    },
  )

  /** What the service would read as markup, inside the bold of a label or title of ours. */
  function marksIn(node: Node): readonly string[] {
    const isPlain = node.type === NodeType.Root || node.type === NodeType.Text || node.type === NodeType.URL
    return [...(isPlain ? [] : [node.source]), ...('children' in node ? node.children.flatMap(marksIn) : [])]
  }

  it('cuts no mark and no escape in two', () => {
    for (let length = 39_950; length < 40_000; length++) {
      const text = 'x'.repeat(length)
      const shown = renderPlain(
        card({ title: 'x', text, fields: [{ label: '&', value: 'y', url: 'https://example.com/' }] }),
        invocation,
      )
      expect(shown.text).toMatch(/^[^<&]*(?:&amp;[^<&]*(?:<https:\/\/example.com\/\|y>)?)?…?$/)
    }
  })

  it('writes out a button that cannot be one', () => {
    const { blocks } = draw(
      card({
        title: 'x',
        buttons: [
          { label: 'Long', command: `/x ${'y'.repeat(2_000)}` },
          { label: 'Mail', url: 'mailto:a@b.c' },
        ],
      }),
    )
    expect(JSON.stringify(blocks)).toContain('Long: `/x yyy')
    expect(JSON.stringify(blocks)).toContain('mailto:a@b.c')
    expect(JSON.stringify(blocks)).not.toContain('actions')
  })

  it('says all of it as text', () => {
    const shown = card({
      title: 'Build',
      text: 'red',
      fields: [{ label: 'On', value: 'main' }],
      buttons: [{ label: 'Again', command: '/build' }],
    })
    expect(renderPlain(shown, invocation)).toEqual({ text: '*Build*\nred\n*On* main\nAgain: `/build`' })
  })
})

describe('render of a file', () => {
  it('shows what can be read, and of all else the name', () => {
    expect(draw(file('a.csv', 'x ``` <y>', { type: 'text/csv' })).text).toBe(
      '*a.csv* (9 bytes)\n```\nx ``\u200b` &lt;y&gt;\n```',
    )
    expect(draw(file('a.png', 'x', { type: 'image/png', text: 'look' })).text).toBe('look\n*a.png* (1 bytes)')
  })
})

describe('render of anything', () => {
  /** What wakes, links or hides is written between these marks: of them only people of the line and the web may be. */
  const marks = (message: unknown) => JSON.stringify(message).match(/<[^>]*>?/g) ?? []
  const harmless = /^<(?:@U0001>|@U345>|https?:\/\/[^<>|\s]+(?:\|[^<>]*)?>)$/
  const evil = fc.oneof(
    fc.constantFrom(
      '<!channel>',
      '!channel',
      '@U9',
      '#C9',
      '<@U9|x>',
      '&lt;!here&gt;',
      '|',
      '>',
      '"',
      'https://x/|!here>',
    ),
    fc.string({ unit: 'binary' }),
  )
  const text = fc.array(evil, { maxLength: 4 }).map((parts) => parts.join(''))

  it('writes no mark of its own choosing, whatever the text', () => {
    fc.assert(
      fc.property(text, text, fc.boolean(), (one, other, asHtml) => {
        const reply = say(one, { format: asHtml ? 'html' : 'text', ...(other.length % 2 ? { tone: 'bad' } : {}) })
        for (const mark of marks(draw(reply))) expect(mark).toMatch(harmless)
      }),
    )
  })

  it('writes none in cards, whatever their parts', () => {
    const parts = fc.record({
      title: text,
      text,
      url: text,
      icon: text,
      image: text,
      fields: fc.array(fc.record({ label: text, value: text, url: text }), { maxLength: 2 }),
      buttons: fc.array(fc.record({ label: text, url: text }), { maxLength: 2 }),
    })
    fc.assert(
      fc.property(parts, (shown) => {
        // Headers, labels and picture texts are no markup.
        const { blocks = [], text: said } = draw(card(shown))
        const marked = [said, ...blocks.flatMap((block) => markedIn(block))]
        for (const mark of marks([...marked, renderPlain(card(shown), invocation)])) expect(mark).toMatch(harmless)
      }),
    )
  })
})

/** Every text of a message that the service reads as its own markup. */
function markedIn(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return []
  const { type, text: own } = part as { type?: unknown; text?: unknown }
  const here = type === 'mrkdwn' && typeof own === 'string' ? [own] : []
  return [...here, ...Object.values(part).flatMap(markedIn)]
}
