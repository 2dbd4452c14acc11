import { describe, expect, it } from 'vitest'
import { encoders } from '../../src/cli/development/playground/encoders/index.js'
import { fromDiscord, fromMattermost, fromSlack, fromXmpp } from '../../src/cli/development/playground/markup.js'
import { previewEverywhere } from '../../src/cli/development/playground/previews.js'
import { card, file, type Reply, say, whisper } from '../../src/model/reply.js'
import { render } from '../../src/platforms/slack/render.js'
import type { Preview } from '../../src/simulator/playground.js'
import { invocationOf } from '../fixtures/invocation.js'

const invocation = invocationOf('a1', { text: '/show' })
const hostile = '<img src=x onerror=run()> & [press](javascript:run()) <script>run()</script> `x` *y* _z_ ~w~ **v**'

const replies: Readonly<Record<string, Reply>> = {
  text: say(hostile, { tone: 'bad' }),
  whisper: whisper(hostile),
  card: card({
    title: hostile,
    text: hostile,
    url: 'https://ci.example/?a=1&b=2',
    icon: 'https://ci.example/icon.png',
    image: 'https://ci.example/large.png',
    fields: [{ label: hostile, value: hostile, tone: 'good', url: 'https://ci.example/field' }],
    buttons: [
      { label: hostile.slice(0, 30), command: '/deploy status' },
      { label: 'Log', url: 'https://ci.example/log' },
    ],
  }),
  file: file('x.txt', hostile, { text: hostile }),
}

describe('the preview of each service', () => {
  it.each(Object.entries(replies))('makes no element of what was written as text: %s', (_, reply) => {
    for (const { service, messages } of show(reply)) {
      const html = messages.flatMap(({ parts }) => parts).flatMap(htmlOf)
      expect(html.join('\n'), service).not.toMatch(/<(img|script)|href="javascript/i)
      for (const { payload, way } of messages) expect([payload, way]).not.toContain('')
    }
  })

  it('has the bytes that the platform makes', () => {
    const [slack] = show(replies['card'] as Reply).filter(({ service }) => service === 'Slack')
    const sent = render(replies['card'] as Reply, invocation)
    expect(JSON.parse(slack?.messages[0]?.payload ?? '')).toEqual({
      channel: 'C024BE91L',
      ...JSON.parse(JSON.stringify(sent)),
    })
  })

  it('shows text as it was written, whatever signs are in it', () => {
    const text = 'a*b*c *d* _e_ `f` ~g~ **h** <i> & [j](k) > l'
    for (const { service, messages } of show(say(text))) expect(textOf(messages), service).toBe(text)
  })

  it('is of every platform that ships, and of plain text', () => {
    const names = 'HipChat Slack Mattermost Discord Telegram Teams XMPP IRC'.split(' ')
    expect(encoders.map(({ service }) => service)).toEqual([...names, 'Plain text'])
  })
})

describe('the notes beside a preview', () => {
  const notesOf = (reply: Reply) => Object.fromEntries(show(reply).map(({ service, notes }) => [service, notes]))

  it('name nothing where nothing is lost', () => {
    for (const notes of Object.values(notesOf(say('All is well')))) expect(notes).toEqual([])
  })

  it('say what becomes of a colour, of buttons, of pictures and of fields', () => {
    const notes = notesOf(
      card(
        { title: 'x', fields: [{ label: 'a', value: 'b' }], buttons: [{ label: 'c', command: '/d' }] },
        { tone: 'good' },
      ),
    )
    expect(notes).toMatchObject({
      HipChat: ['Buttons become lines of text, to be typed'],
      Slack: [],
      Discord: [],
      Telegram: ['The color becomes 🟢 in the text', 'Fields become lines of text'],
      'Plain text': ['Drops the color', 'Fields become lines of text', 'Buttons become lines of text, to be typed'],
    })
    expect(notesOf(replies['card'] as Reply)).toMatchObject({
      HipChat: ['Buttons become lines of text, to be typed', 'Takes 2 messages'],
      IRC: expect.arrayContaining(['The picture becomes an address', 'Drops the icon', 'The link becomes an address']),
    })
  })

  it('say what becomes of a table, of marks and of links', () => {
    const html = '<b>x</b> <a href="https://ci.example/1">y</a><table><tr><td>1</td><td>2</td></tr></table>'
    const notes = notesOf(say(html, { format: 'html' }))
    expect(notes['HipChat']).toEqual([])
    expect(notes['Slack']).toEqual(['The table becomes lines of text: its columns do not line up'])
    expect(notes['IRC']).toEqual([
      'The table becomes lines of text: its columns do not line up',
      'Drops bold',
      'The link becomes an address',
    ])
  })
})

describe('a service’s markup', () => {
  it.each([
    [
      fromSlack('*a* _b_ ~c~ `d` <https://x.example/?e=1&amp;f|g> &lt;h&gt;'),
      '<b>a</b> <i>b</i> ',
      '<a href="https://x.example/?e=1&amp;f">g</a> &lt;h&gt;',
    ],
    [
      fromDiscord('**a** *b* \\*c\\* [d](https://x.example/)'),
      '<b>a</b> <i>b</i> *c* ',
      '<a href="https://x.example/">d</a>',
    ],
    [fromMattermost('**a** _b_ `c`\n```\nd *e*\n```'), '<b>a</b> <i>b</i> <code>c</code>', '<pre>d *e*</pre>'],
    [fromXmpp('*a* snake_case_name'), '<b>a</b> ', 'snake_case_name'],
  ])('is shown as the service shows it: %s', (html, ...wanted) => {
    for (const part of wanted) expect(html).toContain(part)
  })
})

function show(reply: Reply): readonly Preview[] {
  return previewEverywhere({ reply, invocation })
}

type Part = Preview['messages'][number]['parts'][number]

function htmlOf(part: Part): readonly string[] {
  if (part.kind === 'text') return [part.html]
  return part.kind === 'fields' ? part.fields.map(({ html }) => html) : []
}

/** What can be read; word joiners are seen by nobody. */
function textOf(messages: Preview['messages']): string {
  const parts = messages.flatMap((message) => message.parts)
  const text = parts.map((part) =>
    part.kind === 'plain'
      ? part.text
      : htmlOf(part)
          .join('')
          .replace(/<[^>]*>/g, ''),
  )
  return text
    .join('')
    .replace(/\u2060/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
}
