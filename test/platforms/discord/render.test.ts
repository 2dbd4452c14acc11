import { describe, expect, it } from 'vitest'
import type { Invocation } from '../../../src/model/invocation.js'
import { card, file, say, whisper } from '../../../src/model/reply.js'
import { escapeMarkdown, toMarkdown } from '../../../src/platforms/discord/markdown.js'
import { render } from '../../../src/platforms/discord/render.js'
import { growthBySteps, linear } from '../../fixtures/growth.js'
import { invocationOf } from '../../fixtures/invocation.js'
import { postedTo } from '../../fixtures/posted.js'
import { fc } from '../../fixtures/property.js'

const invocation = { user: { id: '14', name: 'Kim' } } as Invocation
const message = (...given: Parameters<typeof say>) => render(say(...given), invocation).message
const embedOf = (...given: Parameters<typeof card>) => render(card(...given), invocation).message.embeds[0]

describe('text', () => {
  it('shows as it was typed', () => {
    expect(message('a *b* _c_ ~~d~~ `e` ||f|| [g](h)').content).toBe(
      'a \\*b\\* \\_c\\_ \\~\\~d\\~\\~ \\`e\\` \\|\\|f\\|\\| \\[g\\](h)',
    )
    expect(message('# one\n> two\n- three\n1. four').content).toBe('\\# one\n\\> two\n\\- three\n1\\. four')
    expect(message('<@14> <#1> <:x:1> a < b').content).toBe('\\<@14> \\<#1> \\<:x:1> a < b')
    expect(message('C:\\x').content).toBe('C:\\\\x')
  })

  it('leaves addresses whole', () => {
    expect(message('see https://x.example/a_b_c?d=*e and _this_').content).toContain('https://x.example/a_b_c?d=')
    expect(message('https://x.example/a_b_c (_').content).toBe('https://x.example/a_b_c (\\_')
  })

  it('wakes nobody, but for the caller where it is to sound', () => {
    expect(message('@everyone <@14>').allowed_mentions).toEqual({ parse: [] })
    const loud = message('done', { notify: true })
    expect(loud).toMatchObject({ content: '<@14> done', allowed_mentions: { parse: [], users: ['14'] } })
  })

  it('calls nobody by what a sender posts: it has no caller', () => {
    const reply = say('<@14> @everyone', { notify: true })
    const { message } = render(reply, postedTo(invocationOf('a'), 'discord', reply))
    expect(message).toMatchObject({ content: '\\<@14> @everyone', allowed_mentions: { parse: [] } })
    expect(message.allowed_mentions).not.toHaveProperty('users')
  })

  it('that grows too long by being escaped stands in a description', () => {
    const { content, embeds } = message('*'.repeat(2_000), { tone: 'bad', notify: true })
    expect(content).toBe('<@14> ')
    expect(embeds[0]?.description?.length).toBe(4_003)
  })

  it('has a sign for its tone', () => {
    expect(message('broken', { tone: 'bad' }).content).toBe('🔴 broken')
    expect(message('as usual', { tone: 'neutral' }).content).toBe('as usual')
  })

  it('in HTML becomes the service’s own markup', () => {
    const html = '<b>Deploy</b> <a href="https://x.example/a_(b)">v1_2</a> is <i>out</i> &amp; &lt;b&gt;<br>now'
    expect(toMarkdown(html)).toBe('**Deploy** [v1\\_2](https://x.example/a_%28b%29) is *out* & <b>\nnow')
    expect(toMarkdown('<ul><li>one</li><li>two</li></ul>')).toBe('- one\n- two')
    expect(toMarkdown('<pre>a *b* `c`</pre>')).toBe('```\na *b* ˋcˋ\n```')
    expect(toMarkdown('x<pre>if\n    b</pre> y')).toBe('x\n```\nif\n    b\n```\ny')
    expect(toMarkdown('<pre><b>a</b><br><a href="https://x.example">b</a></pre>')).toBe('```\na\nb\n```')
    expect(toMarkdown('<constructor>a</constructor>')).toBe('a')
    expect(toMarkdown('<h2>A</h2><p>b</p> <div>c</div>d')).toBe('## A\nb\nc\nd')
    expect(toMarkdown('<code>a_b</code> c_d')).toBe('`a_b` c\\_d')
    expect(toMarkdown('<a href="javascript:alert(1)">x</a> 1 < 2 <script>y</script>')).toBe('x 1 < 2 y')
    expect(toMarkdown('&#128077; &#x1F44D; &nope; &#0; &#xD800;')).toBe('👍 👍 &nope; � �')
    expect(message('<b>a</b>', { format: 'html' }).content).toBe('**a**')
  })

  it.each([
    ['重要な<b>お知らせ</b>です。', '重要な**お知らせ**です。'],
    ['<b>Note: </b>disk full', '**Note:** disk full'],
    ['a<i> it </i>text', 'a *it* text'],
    ['x<b></b>y <i> </i>z', 'xy z'],
    ['<b>a<br>b</b>', '**a**\n**b**'],
    ['<b>a</b><i>b</i>', '**a**\u200b*b*'],
    ['<pre>a <b>b</b>\n```</pre>', '```\na b\nˋˋˋ\n```'],
    ['<h4>T</h4>x<section>y</section>z', '**T**\nx\ny\nz'],
    ['<blockquote>one<br>two</blockquote>three', '> one\n> two\nthree'],
    ['<a href="https://x.example" title="a > b">x</a>', '[x](https://x.example/)'],
    ['<a href="https://x.example"></a> <code><img alt="y"></code>', 'https://x.example/ `y`'],
    ['<b><a href="https://x.example">a <i>b</i></a> c</b>', '[**a *b***](https://x.example/) **c**'],
    ['<ol><li>a<li>b<ul><li>c</ul><li>d</ol><ol start="7"><li>e</ol>', '1. a\n2. b\n   - c\n3. d\n7. e'],
    ['<a href="https://x.example/">a<br>b</a>', '[a](https://x.example/)\nb'],
    ['<!-- no -->a', 'a'],
  ])('reads %s as %s', (html, shown) => {
    expect(toMarkdown(html)).toBe(shown)
  })

  it('is escaped in linear time', async () => {
    for (const piece of ['*', 'https://', ' \n> ', '<', '<a href="', '&', '\\', '1. ', '\r', '\u2028', ' \r', '\r1']) {
      for (const write of [escapeMarkdown, toMarkdown])
        expect(await growthBySteps((times) => write(piece.repeat(times * 5_000))), piece).toBeLessThan(linear)
    }
  })
})

describe('a card', () => {
  it('becomes an embed with its colour, fields, images and buttons', () => {
    const { embeds, components } = render(
      card(
        {
          title: 'Deploy *7*',
          text: 'All well',
          url: 'https://x.example',
          icon: 'https://x.example/i.png',
          image: 'https://x.example/p.png',
          fields: [
            { label: 'env', value: 'prod', tone: 'good' },
            { label: 'log', value: 'open', url: 'https://x.example/l_(1)' },
            { label: 'note', value: '' },
          ],
          buttons: [
            { label: 'Roll back', command: '/deploy rollback --to 6', tone: 'bad' },
            { label: 'Look', url: 'https://x.example/look' },
            { label: 'Same', command: '/deploy rollback --to 6' },
          ],
        },
        { tone: 'good' },
      ),
      invocation,
    ).message
    expect(embeds).toEqual([
      {
        title: 'Deploy \\*7\\*',
        description: 'All well',
        url: 'https://x.example',
        color: 0x2ecc71,
        thumbnail: { url: 'https://x.example/i.png' },
        image: { url: 'https://x.example/p.png' },
        fields: [
          { name: 'env', value: '🟢 prod', inline: true },
          { name: 'log', value: '[open](https://x.example/l_%281%29)', inline: true },
          { name: 'note', value: '\u200b', inline: true },
        ],
      },
    ])
    expect(components).toEqual([
      {
        type: 1,
        components: [
          { type: 2, label: 'Roll back', style: 4, custom_id: '0 /deploy rollback --to 6' },
          { type: 2, label: 'Look', style: 5, url: 'https://x.example/look' },
          { type: 2, label: 'Same', style: 2, custom_id: '2 /deploy rollback --to 6' },
        ],
      },
    ])
  })

  it('writes out what has no room, and drops nothing', () => {
    const long = `/deploy ${'x'.repeat(100)}`
    const fields = Array.from({ length: 27 }, (_, at) => ({ label: `f${at}`, value: `v${at}` }))
    const buttons = [
      { label: 'Long', command: long },
      { label: 'Odd', url: 'ftp://x' },
      { label: 'Words', command: 'no slash' },
    ]
    const { embeds, components } = render(card({ title: 't', fields, buttons }), invocation).message
    expect(embeds[0]?.fields).toHaveLength(25)
    expect(embeds[0]?.description).toBe(`f25: v25\nf26: v26\nLong: ${long}\nOdd: ftp://x\nWords: no slash`)
    expect(components).toEqual([])
  })

  it('has five buttons to a row, and 25 at most', () => {
    const buttons = Array.from({ length: 27 }, (_, at) => ({ label: `${at}`, command: `/x ${at}` }))
    const { embeds, components } = render(card({ title: 't', buttons }), invocation).message
    expect(components.map((row) => row.components.length)).toEqual([5, 5, 5, 5, 5])
    expect(embeds[0]?.description).toBe('25: /x 25\n26: /x 26')
  })

  it('keeps every limit, whatever is in it', () => {
    const text = fc.string({ unit: fc.constantFrom('*', 'a', '\n', '😀', '\\', ' '), maxLength: 5_000, size: 'max' })
    const fields = fc.array(fc.record({ label: text, value: text }), { maxLength: 40, size: 'max' })
    fc.assert(
      fc.property(text, text, fields, (title, body, given) => {
        const embed = embedOf({ title, text: body, fields: given })
        const sizes = (embed?.fields ?? []).map(({ name, value }) => {
          expect(name.length).toBeGreaterThan(0)
          expect(name.length).toBeLessThanOrEqual(256)
          expect(value.length).toBeGreaterThan(0)
          expect(value.length).toBeLessThanOrEqual(1_024)
          return name.length + value.length
        })
        const whole = (embed?.title?.length ?? 0) + (embed?.description?.length ?? 0)
        expect(embed?.title?.length).toBeLessThanOrEqual(256)
        expect(embed?.description?.length ?? 0).toBeLessThanOrEqual(4_096)
        expect(sizes.reduce((sum, size) => sum + size, whole)).toBeLessThanOrEqual(6_000)
      }),
      { numRuns: 30 },
    )
  })
})

describe('a file', () => {
  it('goes with the message, and is only named if it is too large', () => {
    const rendered = render(file('a_b.csv', 'x,y', { type: 'text/csv', text: 'the *list*' }), invocation)
    expect(rendered.message.content).toBe('the \\*list\\*')
    expect(rendered.file).toMatchObject({ name: 'a_b.csv', type: 'text/csv' })
    const large = render(
      { ...file('big', ''), content: Buffer.alloc(10 * 1_048_576 + 1).toString('base64') },
      invocation,
    )
    expect(large.file).toBeUndefined()
    expect(large.message.content).toBe('big (10485761 bytes) is too large here.')
  })
})

describe('a whisper that must be said aloud', () => {
  it('is addressed to its caller', () => {
    expect(render(whisper('psst'), invocation, true).message).toMatchObject({
      content: '<@14> psst',
      allowed_mentions: { parse: [], users: ['14'] },
    })
  })
})
