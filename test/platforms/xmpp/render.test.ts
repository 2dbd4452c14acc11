import { describe, expect, it } from 'vitest'
import { card, file, say } from '../../../src/model/reply.js'
import { cardOverflow, render } from '../../../src/platforms/xmpp/render.js'
import { toLegible } from '../../../src/platforms/xmpp/wire.js'

describe('a reply in XMPP', () => {
  it('is shown as written, without accidental styling', () => {
    expect(render(say('*not bold* _nor this_'))).toEqual({ body: '*not bold* _nor this_', unstyled: true })
    expect(render(say('', { tone: 'bad' })).body).toBe('🔴')
    expect(render(say(' ')).body).toBe('(no text)')
  })

  it('has the styling of its HTML', () => {
    const html =
      '<b>bold</b> and <i>leaning</i>, <code>code</code> <a href="https://a.example/">there</a><pre>a\n  b</pre>'
    const { body, unstyled } = render(say(html, { format: 'html' }))
    expect(body).toBe('*bold* and _leaning_, `code` there https://a.example/\n```\na\n  b\n```')
    expect(unstyled).toBe(false)
  })

  it('is never a command to other bots', () => {
    expect(render(say('!deploy prod')).body).toBe(' !deploy prod')
    expect(render(say('/me waves')).body).toBe(' /me waves')
  })

  it('contains nothing that would end the stream', () => {
    expect(toLegible('\u001b[31mred\u001b[0m\u0000\u0008 tab\t line\r\nend \ud800 \ufffe')).toBe(
      'red tab\t line\nend \ufffd ',
    )
  })

  it('shows all of a card, with what does not fit after it', () => {
    const shown = {
      title: 'web',
      url: 'https://web.example/',
      text: 'out',
      fields: [{ label: 'Env', value: 'prod', tone: 'good' as const }],
      buttons: [{ label: 'Back', command: '/deploy rollback' }],
    }
    expect(render(card(shown)).body).toBe('web\nhttps://web.example/\nout\n🟢 Env: prod\nBack: !deploy rollback')
    const long = { ...shown, text: 'word '.repeat(2_000) }
    const all = `${render(card(long)).body}\n${cardOverflow(long)}`
    expect(all.replace(/\s+/g, ' ')).toContain(`${'word '.repeat(2_000)}🟢 Env: prod Back: !deploy rollback`)
  })

  it('shows a text file, and only the name of other files', () => {
    expect(render(file('a.txt', 'one')).body).toBe('a.txt:\n```\none\n```')
    expect(render(file('a.png', new Uint8Array(3), { type: 'image/png', text: 'look' })).body).toBe(
      'look\na.png (3 bytes)',
    )
  })
})
