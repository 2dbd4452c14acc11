import { describe, expect, it } from 'vitest'
import { toMarkdown as toDiscord } from '../../src/platforms/discord/markdown.js'
import { attributeOf, decodeEntities } from '../../src/platforms/html-entities.js'
import { toMarkdown as toMattermost } from '../../src/platforms/mattermost/html-to-markdown.js'
import { fromHtml as toSlack } from '../../src/platforms/slack/mrkdwn.js'

describe('an entity', () => {
  it('is known by every name that HTML has, on every platform', () => {
    for (const show of [toSlack, toMattermost, toDiscord]) {
      expect(show('Caf&eacute; &hearts; Z&uuml;rich &rarr; &times;')).toBe('Café ♥ Zürich → ×')
    }
  })

  it.each([
    ['&Eacute;&eacute; &Prime;&prime;', 'Éé ″′'],
    ['&EACUTE; &nope; &;', '&EACUTE; &nope; &;'],
    ['&amp;lt; &AMP; &copy 2026', '&lt; & © 2026'],
    ['&#128077; &#x1F44D; &#150;', '👍 👍 –'],
    ['&#xD800; &#0; &#x110000;', '� � �'],
  ])('%s is read as %s', (html, text) => {
    expect(decodeEntities(html)).toBe(text)
  })

  it('in an address needs its semicolon', () => {
    const attributes = ' href="https://e.example/?a=1&copy=2&amp;lang=en&eacute;"'
    expect(attributeOf(attributes, 'href')).toBe('https://e.example/?a=1&copy=2&lang=ené')
  })
})
