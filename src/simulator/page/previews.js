import { draw as drawButton } from './card-buttons.js'
import { element } from './dom.js'
import { playground } from './playground.js'
import { safeUrl, sanitise } from './sanitise.js'
import { view } from './state.js'

const list = element('div', { class: 'previews', role: 'region', 'aria-label': 'Platforms', tabindex: '0' })
const close = element('button', { type: 'button', class: 'quiet' }, 'Close')
const dialog = element(
  'dialog',
  { id: 'previews', 'aria-labelledby': 'previews-title' },
  element(
    'header',
    {},
    element('h2', { id: 'previews-title', class: 'plain' }, 'The same message on each platform'),
    close,
  ),
  element(
    'p',
    { class: 'plain previews-note' },
    'Rendered by the code that sends it there. Ids and rooms are examples.',
  ),
  list,
)
document.body.append(dialog)
close.onclick = () => dialog.close()

// A click beside the dialog is one on itself; what fills the box needs it in sight.
dialog.addEventListener('click', ({ target }) => {
  if (target === dialog || target.dataset.write !== undefined) dialog.close()
})

/** The button on a message that opens it; none where nothing can be compared. */
export function compareButton({ id, kind, from = 'the add-on' }) {
  if (!playground.hasPreviews || kind !== 'notification') return []
  const label = `Compare platforms: what ${from} said`
  const button = element('button', { type: 'button', class: 'compare', 'aria-label': label, 'aria-haspopup': 'dialog' })
  button.append('Compare', element('span', { class: 'compare-what' }, ' platforms'))
  button.onclick = () => open(id)
  return [button]
}

async function open(id) {
  list.replaceChildren(element('p', {}, 'Loading…'))
  dialog.showModal()
  list.focus()
  const answer = await fetch(`/simulator/rooms/${view.room.id}/messages/${encodeURIComponent(id)}/previews`).catch(
    () => undefined,
  )
  const previews = answer?.ok ? await answer.json() : []
  const nothing = element(
    'p',
    {},
    answer?.ok ? 'This message cannot be compared.' : 'The simulator does not answer. Is it still running?',
  )
  list.replaceChildren(...(previews.length ? previews.map(drawPreview) : [nothing]))
  list.scrollTop = 0
}

function drawPreview({ service, messages, notes }) {
  const said = notes.length ? notes : ['Nothing is lost.']
  return element(
    'section',
    { class: 'preview', 'aria-label': service },
    element('h3', {}, service),
    element('ul', { class: notes.length ? 'notes' : 'notes whole' }, ...said.map((note) => element('li', {}, note))),
    ...messages.map(drawMessage),
  )
}

function drawMessage({ parts, color, isPrivate, way, payload }) {
  const box = element('div', { class: 'shown' }, ...parts.map(drawPart))
  if (color) box.style.setProperty('--bar', color)
  if (isPrivate) box.prepend(element('p', { class: 'aside' }, 'Only the caller sees this'))
  const raw = element('pre', { tabindex: '0', 'aria-label': 'What is sent' }, payload)
  const wire = element('details', {}, element('summary', {}, way), raw)
  return element('div', { class: 'message-there' }, box, wire)
}

function drawPart(part) {
  if (part.kind === 'plain') return element('div', { class: part.isMono ? 'part mono' : 'part' }, part.text)
  if (part.kind === 'buttons') return element('div', { class: 'card-buttons' }, ...part.buttons.map(drawButton))
  if (part.kind === 'file')
    return element('p', { class: 'part' }, `📎 ${part.name} · ${part.bytes.toLocaleString()} bytes`)
  if (part.kind === 'image') return drawImage(part)
  if (part.kind === 'fields') return drawFields(part)
  return element('div', { class: part.isTitle ? 'part card-title' : 'part' }, sanitise(part.html))
}

function drawImage({ url, isSmall }) {
  const src = safeUrl(url, ['http:', 'https:', 'data:'])
  if (!src) return ''
  return element('img', {
    src,
    alt: '',
    class: isSmall ? 'icon' : 'thumbnail',
    loading: 'lazy',
    referrerpolicy: 'no-referrer',
  })
}

function drawFields({ fields }) {
  const pairs = fields.map(({ label, html, color }) => {
    const value = element('span', { class: color ? 'lozenge' : undefined }, sanitise(html))
    if (color) value.style.borderColor = color
    return element('div', {}, ...(label ? [element('dt', {}, label)] : []), element('dd', {}, value))
  })
  return element('dl', { class: 'attributes' }, ...pairs)
}
