import { describe, expect, it } from 'vitest'
import { card } from '../../../src/model/reply.js'
import { drawCard } from '../../../src/platforms/teams/card/adaptive-card.js'
import { readButton } from '../../../src/platforms/teams/card/buttons.js'
import { render } from '../../../src/platforms/teams/render.js'
import { type CardAction, type CardElement, largestMessage } from '../../../src/platforms/teams/wire.js'
import { invocationOf } from '../../fixtures/invocation.js'
import { fc } from '../../fixtures/property.js'

const text = fc
  .tuple(fc.constantFrom('a', '"', '\\', '\u0007', '😀', '﷽', 'x\n', 'word '), fc.integer({ min: 0, max: 30_000 }))
  .map(([sign, times]) => sign.repeat(times))

describe('a card', () => {
  it('fits into a message, whatever is in it, in Teams and from an Outgoing Webhook', () => {
    const label = text.map((one) => one.slice(0, 3_000))
    const url = fc.option(fc.constantFrom('https://x.example/', `https://x.example/${'u'.repeat(1_900)}`), {
      nil: undefined,
    })
    const command = fc.option(fc.constantFrom('/go', `/go ${'😀'.repeat(950)}`), { nil: undefined })
    const cards = fc.record({
      title: text,
      text,
      url,
      icon: url,
      image: url,
      fields: fc.array(fc.record({ label, value: text, url }), { maxLength: 40 }),
      buttons: fc.array(fc.record({ label, command, url }), { maxLength: 40 }),
    })
    fc.assert(
      fc.property(cards, fc.boolean(), (given, canPress) => {
        const shown = JSON.parse(JSON.stringify(given))
        const reply = card(shown, { notify: true, audience: 'caller' })
        const message = render(reply, invocationOf('1'), '29:kim', { canPress, aloud: true })
        expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThanOrEqual(largestMessage)
      }),
      { numRuns: 60 },
    )
  })

  it('has buttons that type their line, in rows of six, for clients old and new', () => {
    const buttons = Array.from({ length: 8 }, (_, n) => ({ label: `B${n}`, command: `/b${n}`, tone: 'bad' as const }))
    const rows = rowsOf(drawCard({ title: 'x', buttons }).drawn.body)
    expect(rows.map((row) => row.length)).toEqual([6, 2])
    for (const [at, action] of rows.flat().entries()) {
      if (action.type !== 'Action.Execute') throw new Error('it cannot be pressed')
      expect(action).toMatchObject({ style: 'destructive', fallback: { type: 'Action.Submit', data: action.data } })
      expect(readButton(action.data)).toBe(`/b${at}`)
    }
  })

  it('has the colour of its tone', () => {
    const styleOf = (tone: 'good' | 'bad' | 'neutral') => drawCard({ title: 'x' }, tone).drawn.body[0]
    expect(styleOf('good')).toMatchObject({ style: 'good' })
    expect(styleOf('bad')).toMatchObject({ style: 'attention' })
    expect(styleOf('neutral')).toMatchObject({ style: 'default' })
  })

  it('has no Markdown in it: what was typed is shown', () => {
    const shown = { title: '*x*', text: '[a](b) **c**\n- d', fields: [{ label: '_e_', value: '`f`' }] }
    const drawn = JSON.stringify(drawCard(shown).drawn)
    for (const part of ['*x*', '[a](b) **c**', '- d', '_e_: ', '`f`']) expect(drawn).toContain(JSON.stringify(part))
    expect(drawn).not.toContain('"TextBlock"')
  })
})

function rowsOf(elements: readonly CardElement[]): readonly (readonly CardAction[])[] {
  return elements.flatMap((one) => {
    if (one.type === 'Container') return rowsOf(one.items)
    return one.type === 'ActionSet' ? [one.actions] : []
  })
}
