import { at, element } from './dom.js'
import { playground } from './playground.js'
import { roomsOfMine, view } from './state.js'
import { suggest } from './suggest.js'

const box = at('text')
const usage = element('p', { id: 'usage', class: 'usage', hidden: '' })
const list = element('ul', { id: 'suggestions', role: 'listbox', 'aria-label': 'Suggestions', hidden: '' })
const told = element('p', { class: 'hidden', role: 'status' })
at('composer').prepend(element('div', { id: 'completion' }, usage, list))
at('composer').append(told)
for (const [name, value] of Object.entries({
  role: 'combobox',
  'aria-autocomplete': 'list',
  'aria-haspopup': 'listbox',
  'aria-controls': 'suggestions',
  'aria-expanded': 'false',
})) {
  box.setAttribute(name, value)
}

let found = { from: 0, items: [] }
let active = -1

// Before the composer's own keys: an open list has the arrows, Enter and Escape to itself.
box.addEventListener('input', update)
box.addEventListener('keydown', press, { capture: true })
box.addEventListener('blur', close)
at('composer').addEventListener('submit', close)
// The box must keep the focus, and with it a phone its keyboard.
list.addEventListener('pointerdown', (event) => event.preventDefault())
list.addEventListener('click', ({ target }) => {
  const item = target.closest('[role=option]')
  if (item) accept(Number(item.dataset.at))
})

function update() {
  const line = box.value.slice(0, box.selectionStart)
  const isAtEnd = box.selectionStart === box.selectionEnd && /^(\s|$)/.test(box.value.slice(box.selectionEnd))
  found = isAtEnd ? suggest(line, { ...playground, people: view.people, rooms: roomsOfMine() }) : { items: [] }
  active = -1
  draw()
}

function draw() {
  const { items, usage: form, about } = found
  usage.hidden = !form
  usage.replaceChildren(element('code', {}, form ?? ''), ...(about ? [element('span', {}, about)] : []))
  list.replaceChildren(...items.map(drawItem))
  list.hidden = items.length === 0
  box.setAttribute('aria-expanded', String(items.length > 0))
  box.removeAttribute('aria-activedescendant')
  const words = items.length ? `${items.length} suggestions. Tab takes ${items[0].shown}, arrow keys choose.` : ''
  if (told.textContent !== words) told.textContent = words
}

function drawItem({ shown, summary }, index) {
  const item = element('li', { role: 'option', id: `suggestion-${index}`, 'aria-selected': 'false', 'data-at': index })
  item.append(
    element('span', { class: 'typed' }, shown),
    ...(summary ? [element('span', { class: 'summary' }, summary)] : []),
  )
  return item
}

function close() {
  if (list.hidden && usage.hidden) return
  found = { items: [] }
  draw()
}

function press(event) {
  if (event.isComposing) return
  const isOpen = found.items.length > 0
  const act = isOpen ? keys[event.key] : undefined
  if (act && !event.shiftKey && !event.ctrlKey && !event.altKey && !event.metaKey) act(event)
  else if (event.key === 'Escape' && found.usage) taken(event, close)
  else if (event.key === 'Enter' && !event.shiftKey) close()
}

const keys = {
  ArrowDown: (event) => taken(event, () => choose(active + 1)),
  ArrowUp: (event) => taken(event, () => choose(active < 0 ? found.items.length - 1 : active - 1)),
  Tab: (event) => taken(event, () => accept(Math.max(active, 0))),
  Escape: (event) => taken(event, close),
  Enter(event) {
    if (active < 0) close()
    else taken(event, () => accept(active))
  },
}

function taken(event, act) {
  event.preventDefault()
  event.stopImmediatePropagation()
  act()
}

/** Past either end none is chosen, as before. */
function choose(next) {
  list.children[active]?.setAttribute('aria-selected', 'false')
  active = next >= found.items.length ? -1 : next
  const item = list.children[active]
  item?.setAttribute('aria-selected', 'true')
  item?.scrollIntoView({ block: 'nearest' })
  if (item) box.setAttribute('aria-activedescendant', item.id)
  else box.removeAttribute('aria-activedescendant')
}

function accept(index) {
  const { text } = found.items[index]
  const behind = box.value.slice(box.selectionStart)
  box.setRangeText(behind.startsWith(' ') ? text : `${text} `, found.from, box.selectionStart, 'end')
  box.dispatchEvent(new Event('input', { bubbles: true }))
}
