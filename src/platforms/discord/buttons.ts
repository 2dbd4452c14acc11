import type { CardButton, Tone } from '../../model/reply.js'
import { shorten } from '../../shared/text.js'
import { isHttpUrl } from '../../shared/url.js'
import type { Button, Row } from './wire.js'

/** Renders the buttons that fit, in rows of five; `left` are the others, `shortened` those whose label was cut. */
export function renderButtons(buttons: readonly CardButton[]): {
  readonly rows: readonly Row[]
  readonly left: readonly CardButton[]
  readonly shortened: readonly CardButton[]
} {
  const drawn: Button[] = []
  const left: CardButton[] = []
  for (const button of buttons) {
    const one = drawn.length < mostButtons ? drawButton(button, drawn.length) : undefined
    if (one) drawn.push(one)
    else left.push(button)
  }
  const rows = Array.from({ length: Math.ceil(drawn.length / 5) }, (_, at): Row => {
    return { type: 1, components: drawn.slice(at * 5, at * 5 + 5) }
  })
  const shortened = buttons.filter((button) => !left.includes(button) && button.label.trim().length > longestLabel)
  return { rows, left, shortened }
}

/** The line of a pressed button; undefined for other buttons. */
export function readButton(customId: unknown): string | undefined {
  return typeof customId === 'string' ? /^\d{1,2} (\/.+)$/s.exec(customId)?.[1] : undefined
}

const longestLabel = 80
/** Five rows of five. https://discord.com/developers/docs/components/reference#button */
const mostButtons = 25

/** The button itself carries the line, so it never expires; the number distinguishes equal lines. */
function drawButton({ label, command, url, tone }: CardButton, at: number): Button | undefined {
  const shown = { type: 2, label: shorten(label.trim() || command || url || '…', longestLabel) } as const
  if (command) {
    const custom_id = `${at} ${command}`
    return readButton(custom_id) && custom_id.length <= 100
      ? { ...shown, style: styles[tone ?? 'neutral'], custom_id }
      : undefined
  }
  return isHttpUrl(url) && url.length <= 512 ? { ...shown, style: 5, url } : undefined
}

const styles: Readonly<Record<Tone, 1 | 2 | 3 | 4>> = { neutral: 2, info: 1, good: 3, warning: 1, bad: 4 }
