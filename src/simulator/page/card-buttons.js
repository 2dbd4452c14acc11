import { element } from './dom.js'
import { isCommand } from './playground.js'
import { safeUrl } from './sanitise.js'

/**
 * A card's text, with buttons for its last lines where they say what a button would type. HipChat has no buttons: the bot
 * writes them as lines, and nothing but their form tells them from others.
 */
export function described(text) {
  const lines = text.split('\n')
  const first = lines.findLastIndex((line) => !readButton(line)) + 1
  const buttons = lines.slice(first).map(readButton)
  if (!buttons.some(({ command }) => command)) return [element('p', { class: 'description' }, text)]
  const above = lines.slice(0, first).join('\n')
  return [
    ...(above ? [element('p', { class: 'description' }, above)] : []),
    element('div', { class: 'card-buttons', role: 'group', 'aria-label': 'Buttons of the card' }, ...buttons.map(draw)),
    element('p', { class: 'card-buttons-note' }, 'HipChat shows buttons as text. Here, they fill in the message box.'),
  ]
}

function readButton(line) {
  const [, label, what] = /^(.{1,80}?): (\/\S.*|https?:\/\/\S+)$/.exec(line) ?? []
  if (!what) return undefined
  if (!what.startsWith('/')) return safeUrl(what, ['http:', 'https:']) && { label, url: what }
  return isCommand(what) ? { label, command: what } : undefined
}

/** A button that fills the box, or a link that looks like one. */
export function draw({ label, command, url }) {
  const address = safeUrl(url, ['http:', 'https:'])
  if (address) {
    return element('a', { class: 'press', href: address, target: '_blank', rel: 'noopener noreferrer nofollow' }, label)
  }
  const title = command ? `Fills in ${command}` : undefined
  return element('button', { type: 'button', class: 'quiet press', 'data-write': command, title }, label)
}
