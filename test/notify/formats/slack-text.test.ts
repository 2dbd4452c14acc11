import { describe, expect, it } from 'vitest'
import { type SourceText, toHtml, toText } from '../../../src/notify/formats/slack/mrkdwn.js'
import { toTone } from '../../../src/notify/formats/slack/tone.js'

const signs = (source: string): SourceText => ({ source, style: 'signs' })

describe("Slack's text", () => {
  it.each([
    ['plain', 'plain', 'plain'],
    ['a &lt; b &amp;amp; c', 'a &lt; b &amp;amp; c', 'a < b &amp; c'],
    ['*bold* _slanted_ ~gone~', '<b>bold</b> <i>slanted</i> <s>gone</s>', 'bold slanted gone'],
    ['a*b* 2_c_', 'a*b* 2_c_', 'a*b* 2_c_'],
    ['*a _b_ c*', '<b>a <i>b</i> c</b>', 'a b c'],
    ['2*3*4 snake_case_name * a * b', '2*3*4 snake_case_name * a * b', '2*3*4 snake_case_name * a * b'],
    ['`*code* &lt;` it', '<code>*code* &lt;</code> it', '*code* < it'],
    ['a\n```\n*x*\n  y\n```\nb', 'a<pre>*x*\n  y</pre>b', 'a\n*x*\n  y\nb'],
    ['&gt; said\n> again\nme', '<blockquote>said<br>again</blockquote>me', '> said\n> again\nme'],
    [
      '<https://x.example/?a=1&amp;b=2|the *log*>',
      '<a href="https://x.example/?a=1&amp;b=2">the *log*</a>',
      'the *log* (https://x.example/?a=1&b=2)',
    ],
    ['<https://x.example>', '<a href="https://x.example">https://x.example</a>', 'https://x.example'],
    [
      '*<https://x.example|job>* _is_',
      '<b><a href="https://x.example">job</a></b> <i>is</i>',
      'job (https://x.example) is',
    ],
    [
      '<mailto:a@b.example|a@b.example>',
      '<a href="mailto:a@b.example">a@b.example</a>',
      'a@b.example (mailto:a@b.example)',
    ],
    [
      '<javascript:x()|x> <b> vector<int>',
      '&lt;javascript:x()|x&gt; &lt;b&gt; vector&lt;int&gt;',
      '<javascript:x()|x> <b> vector<int>',
    ],
    ['<@U012|jo> and <@W9>', '＠jo and ＠W9', '＠jo and ＠W9'],
    ['<#C012|ops> <#C9>', '#ops #C9', '#ops #C9'],
    ['<!here> <!channel> <!everyone|everyone>', '＠here ＠channel ＠everyone', '＠here ＠channel ＠everyone'],
    ['<!subteam^S1|@devs>', '＠devs', '＠devs'],
    ['<!date^1392734382^{date_num}|Feb 18> <!unknown|x>', 'Feb 18 x', 'Feb 18 x'],
    [
      '`<!here>` ```<https://x.example|y>```',
      '<code>＠here</code> <pre>y (https://x.example)</pre>',
      '＠here \ny (https://x.example)',
    ],
    ['one\ntwo', 'one<br>two', 'one\ntwo'],
    ['<script>"x"</script>', '&lt;script&gt;&quot;x&quot;&lt;/script&gt;', '<script>"x"</script>'],
  ])('%s', (source, html, text) => {
    expect(toHtml(signs(source), '＠')).toBe(html)
    expect(toText(signs(source), '＠')).toBe(text)
  })

  it('names people so that they hear of it where the token may wake them', () => {
    expect(toText(signs('<@U012|jo> <!here>'), '@')).toBe('@jo @here')
  })

  it('has signs that mean nothing, or no marks at all, where its sender says so', () => {
    const source = '*a* <https://x.example|b> &amp;'
    expect(toText({ source, style: 'marks' }, '＠')).toBe('*a* b (https://x.example) &')
    expect(toText({ source, style: 'plain' }, '＠')).toBe(source)
  })

  it('is read to its end, whatever is repeated in it', () => {
    for (const part of ['*', '*a', '_a ', '~a~', '`', '```', '<', '<@', '&gt;', '>\n', '*_~', '* a']) {
      expect(toHtml(signs(part.repeat(20_000)), '＠')).toBeTypeOf('string')
    }
  })
})

describe('a colour', () => {
  it.each([
    ['good', 'good'],
    ['warning', 'warning'],
    ['danger', 'bad'],
    ['#36a64f', 'good'],
    ['2eb886', 'good'],
    ['#D63232', 'bad'],
    ['#e01e5a', 'bad'],
    ['#daa038', 'warning'],
    ['#ECB22E', 'warning'],
    ['#1d7fd1', 'info'],
    ['#345', 'info'],
    ['#439FE0', 'info'],
    ['#f00', 'bad'],
    ['#cccccc', 'neutral'],
    ['#000000', 'neutral'],
    ['#8d99a6', 'neutral'],
    ['mauve', undefined],
    ['constructor', undefined],
    ['#12345', undefined],
    [undefined, undefined],
  ])('%s means %s', (color, tone) => {
    expect(toTone(color)).toBe(tone)
  })
})
