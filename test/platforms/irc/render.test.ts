import { describe, expect, it } from 'vitest'
import { card, file, say } from '../../../src/model/reply.js'
import { render } from '../../../src/platforms/irc/render.js'

describe('a reply on IRC', () => {
  it('is shown line by line, with its indentation, and with a space for an empty line', () => {
    expect(render(say('if x:\n\treturn  1\n\n\n  done\n\n'))).toEqual(['if x:', '    return  1', ' ', '  done'])
  })

  it('contains nothing that ends a line, controls clients or adds color', () => {
    expect(render(say('a\r\nb\rQUIT\0c\x01ACTION\x0304red\u202eevil'))).toEqual(['a', 'b QUIT c ACTION 04red evil'])
  })

  it('shows a placeholder if it is empty', () => {
    expect(render(say(' \n \n'))).toEqual(['(no text)'])
  })

  it('is never a command to other bots', () => {
    expect(render(say('!op mallory\n.kick alice\n... and so on'))).toEqual([
      ' !op mallory',
      ' .kick alice',
      '... and so on',
    ])
  })

  it('in HTML has addresses after its links, and keeps its code unchanged', () => {
    const html =
      '<b>Out</b>: <a href="https://x.test/1">build 1</a><pre>if x:\n    y</pre><ul><li>one</li><li>two</li></ul>'
    expect(render(say(html, { format: 'html' }))).toEqual([
      'Out: build 1 (https://x.test/1)',
      'if x:',
      '    y',
      '- one',
      '- two',
    ])
  })

  it('with a card shows all of it, with short parts in one line', () => {
    const shown = render(
      card(
        {
          title: 'website 1.2.0',
          url: 'https://x.test/',
          text: 'on staging',
          fields: [
            { label: 'Since', value: 'just now' },
            { label: 'State', value: 'up', tone: 'good', url: 'https://x.test/up' },
          ],
          buttons: [
            { label: 'Roll back', command: '/deploy rollback website' },
            { label: 'Log', url: 'https://x.test/log' },
          ],
        },
        { tone: 'bad' },
      ),
    )
    expect(shown).toEqual([
      '🔴 website 1.2.0',
      'https://x.test/',
      'on staging',
      'Since: just now · 🟢 State: up https://x.test/up',
      'Roll back: !deploy rollback website · Log: https://x.test/log',
    ])
  })

  it('with a file shows the beginning of a text, and only the name of other files', () => {
    expect(render(file('a.txt', 'one\ntwo', { text: 'Here:' }))).toEqual(['Here:', 'a.txt:', 'one', 'two'])
    const long = render(file('a.log', 'line\n'.repeat(10_000)))
    expect(long[0]).toBe('a.log (50000 bytes), the beginning:')
    expect(long.length).toBeLessThan(500)
    expect(render(file('a.png', new Uint8Array([1, 2]), { type: 'image/png' }))).toEqual(['a.png (2 bytes)'])
  })
})
