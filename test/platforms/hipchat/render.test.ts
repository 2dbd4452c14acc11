import { describe, expect, it } from 'vitest'
import { splitReply } from '../../../src/delivery/split.js'
import type { Invocation } from '../../../src/model/invocation.js'
import { card, file, type Reply, say, type Tone, whisper } from '../../../src/model/reply.js'
import { render } from '../../../src/platforms/hipchat/render.js'
import { postedTo } from '../../fixtures/posted.js'
import { fc } from '../../fixtures/property.js'

const invocation: Invocation = {
  id: 'abcdefghij234567',
  platform: 'hipchat',
  installation: 'a-client',
  tenant: { id: 'chat/1' },
  room: { id: '40', name: 'Ops' },
  user: { id: '5', name: 'Kim', mention: 'KimL' },
  text: '/ping',
  mentions: [],
  at: 0,
  replyTo: {},
}
const show = (reply: Reply) => render(reply, invocation, { roomId: '40', messageId: 'm1' })

describe('HipChat render', () => {
  it('shows text as text, attached to the message that asked, in grey and without a sound', () => {
    expect(show(say('<b>hi</b> & bye'))).toEqual({
      message: '<b>hi</b> & bye',
      message_format: 'text',
      color: 'gray',
      notify: false,
      attach_to: 'm1',
    })
  })

  it('shows html as it was made, colours by tone, and sounds where asked to', () => {
    expect(show(say('<i>hi</i>', { format: 'html', notify: true }))).toMatchObject({
      message: '<i>hi</i>',
      message_format: 'html',
      notify: true,
    })
    const tones: [Tone, string][] = [
      ['neutral', 'gray'],
      ['info', 'purple'],
      ['good', 'green'],
      ['warning', 'yellow'],
      ['bad', 'red'],
    ]
    for (const [tone, color] of tones) expect(show(say('x', { tone })).color).toBe(color)
  })

  it('attaches to nothing where the id is unknown or too long to be one', () => {
    expect(render(say('x'), invocation, { roomId: '40' }).attach_to).toBeUndefined()
    expect(render(say('x'), invocation, { roomId: '40', messageId: 'm'.repeat(37) }).attach_to).toBeUndefined()
  })

  it('wakes nobody with what was echoed, unless it is to sound', () => {
    expect(show(say('You said @all, @HERE and @allan')).message).toBe('You said ＠all, ＠HERE and @allan')
    expect(show(say('@all fire', { notify: true })).message).toBe('@all fire')
    const echo = { title: '@all', text: '@here', fields: [{ label: '@all', value: '@here' }] }
    const button = { label: '@all', command: '/echo @here' }
    expect(JSON.stringify(show(card({ ...echo, buttons: [button] })))).not.toMatch(/@(all|here)/)
    expect(show(card(echo, { notify: true })).card).toMatchObject({ title: '@all' })
  })

  it('wakes nobody by what a sender posts, whether it is to sound or not', () => {
    const shown = (reply: Reply) => render(reply, postedTo(invocation, 'hipchat', reply), { roomId: '40' })
    expect(shown(say('@all @KimL ops@kim.example', { notify: true }))).toMatchObject({
      message: '＠all ＠KimL ops@kim.example',
      notify: true,
    })
    const drawn = card({ title: '@KimL', text: '@here' }, { notify: true })
    expect(JSON.stringify(shown(drawn))).not.toContain('@')
  })

  it('leaves mail addresses as they are, and leads URLs where they led', () => {
    const text = 'ops@here.com, https://social.example/@all/feed?to=a@here.com; (@here)'
    expect(show(say(text)).message).toBe('ops@here.com, https://social.example/%40all/feed?to=a@here.com; (＠here)')
    expect(show(card({ title: 'Feed', url: 'https://social.example/@here' })).message).toBe(
      'Feed https://social.example/%40here',
    )
  })

  it('whispers aloud, to the caller by name', () => {
    expect(show(whisper('Write 2d6.')).message).toBe('@KimL Write 2d6.')
    const table: Reply = { ...whisper('<pre>/ping  Pong</pre>'), format: 'html' }
    expect(show(table).message).toBe('@KimL<br><pre>/ping  Pong</pre>')
    expect(show(whisper('x'.repeat(10_000))).message).toHaveLength(10_000)
    const everybody = { ...invocation, user: { ...invocation.user, mention: 'all' } }
    expect(render(whisper('x', { notify: true }), everybody, { roomId: '40' }).message).toBe('＠all x')
    const { mention: _, ...nameless } = invocation.user
    expect(render(whisper('x'), { ...invocation, user: nameless }, { roomId: '40' }).message).toBe('x')
  })

  it('sends no message without a letter in it', () => {
    for (const text of ['', ' ', '\n\t']) expect(show(say(text)).message).toBe('(no text)')
  })

  it('stays within 10,000 characters for what the outbox has split', () => {
    const text = `${'line of text & more\n'.repeat(2_000)}`
    for (const reply of [say(text), whisper(text), say(text, { format: 'html' })]) {
      const parts = splitReply(reply, 10_000)
      expect(parts.length).toBeGreaterThan(3)
      for (const part of parts) expect(show(part).message.length).toBeLessThanOrEqual(10_000)
    }
  })

  it('draws a card, and says all of it for clients that draw none', () => {
    const {
      message,
      message_format,
      card: drawn,
    } = show(
      card({
        title: 'Deploy 7',
        text: 'web <b>out</b>',
        url: 'https://ci.example/7',
        icon: 'https://ci.example/i.png',
        image: 'https://ci.example/t.png',
        fields: [
          { label: 'State', value: 'done', tone: 'good' },
          { label: 'By', value: 'Kim', url: 'https://ci.example/kim' },
        ],
        buttons: [{ label: 'Undo', command: '/deploy rollback' }],
      }),
    )
    expect(message_format).toBe('text')
    expect(message).toBe(
      'Deploy 7 https://ci.example/7\nweb <b>out</b>\nState: done\nBy: Kim https://ci.example/kim\nUndo: /deploy rollback',
    )
    expect(drawn).toEqual({
      style: 'application',
      format: 'medium',
      id: drawn?.id,
      title: 'Deploy 7',
      url: 'https://ci.example/7',
      description: { format: 'text', value: 'web <b>out</b>\nUndo: /deploy rollback' },
      icon: { url: 'https://ci.example/i.png' },
      thumbnail: { url: 'https://ci.example/t.png' },
      attributes: [
        { label: 'State', value: { label: 'done', style: 'lozenge-success' } },
        { label: 'By', value: { label: 'Kim', url: 'https://ci.example/kim' } },
      ],
    })
  })

  it('draws ten fields at most, and says the others', () => {
    const fields = Array.from({ length: 12 }, (_, at) => ({ label: `label ${at}`, value: `value ${at}` }))
    const { message, card: drawn } = show(card({ title: 'Many', fields }))
    expect(drawn?.attributes).toHaveLength(10)
    expect(message).toContain('label 11: value 11')
  })

  it('gives a card that replaces another the same id, and other cards others', () => {
    const id = (title: string, replaces?: string) =>
      show(card({ title }, replaces ? { updateKey: replaces } : {})).card?.id
    expect(id('half', 'progress')).toBe(id('done', 'progress'))
    expect(id('half', 'progress')).not.toBe(id('half', 'other'))
    expect(id('half')).not.toBe(id('done'))
    const elsewhere = render(
      card({ title: 'half' }, { updateKey: 'progress' }),
      { ...invocation, id: 'x' },
      { roomId: '40' },
    )
    expect(elsewhere.card?.id).not.toBe(id('half', 'progress'))
  })

  it('keeps every card within what a server takes', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 2_000 })
    const maybe = fc.option(text, { nil: undefined })
    const drawable = fc.record({
      title: text,
      text: maybe,
      url: maybe,
      image: fc.oneof(maybe, fc.webUrl({ size: 'large' })),
      fields: fc.array(fc.record({ label: text, value: text, url: maybe }), { maxLength: 15 }),
      buttons: fc.array(fc.record({ label: text, command: text }), { maxLength: 5 }),
    })
    fc.assert(
      fc.property(drawable, (given) => {
        const { message, card: drawn } = show(card(JSON.parse(JSON.stringify(given))))
        expect(message.length).toBeGreaterThan(0)
        expect(message.length).toBeLessThanOrEqual(10_000)
        expect(drawn?.title.length).toBeGreaterThan(0)
        expect(drawn?.title.length).toBeLessThanOrEqual(500)
        if (drawn?.description) expect(drawn.description.value.length).toBeLessThanOrEqual(1_000)
        expect(drawn?.attributes?.length ?? 1).toBeLessThanOrEqual(10)
        for (const { label, value } of drawn?.attributes ?? []) {
          expect(label?.length ?? 1).toBeLessThanOrEqual(50)
          expect(value.label.length).toBeGreaterThan(0)
        }
        if (drawn?.url) expect(drawn.url).toMatch(/^https?:/i)
        if (drawn?.thumbnail) expect(drawn.thumbnail.url.length).toBeLessThanOrEqual(250)
      }),
      { numRuns: 100 },
    )
  })

  it('shows a text file, escaped and as much as fits, and of others the name', () => {
    expect(show(file('a<b>.csv', 'x,<y>', { type: 'text/csv', text: 'Here & now' }))).toMatchObject({
      message: 'Here &amp; now<br><b>a&lt;b&gt;.csv</b><pre>x,&lt;y&gt;</pre>',
      message_format: 'html',
    })
    const { message } = show(file('log.txt', '<'.repeat(20_000)))
    expect(message.length).toBeLessThanOrEqual(10_000)
    expect(message).toMatch(/^<b>log.txt<\/b> \(20000 bytes\), the beginning:<pre>(&lt;)+<\/pre>$/)
    for (const before of ['', 'x']) {
      expect(show(file('a', before + '😀'.repeat(6_000))).message).toMatch(/^[^\ud800-\udfff]*(?:😀)+<\/pre>$/)
      const family = '👩\u200d👩\u200d👧'
      expect(show(file('a', before + family.repeat(3_000))).message).toMatch(/👧<\/pre>$/)
    }
    expect(show(file('i.png', new Uint8Array(7), { type: 'image/png' })).message).toBe('<b>i.png</b> (7 bytes)')
  })
})
