import { at, element } from './dom.js'
import { describeDelivery, drawEntry } from './draw-entry.js'
import { entriesOfMine, isForMe, placeOf, view } from './state.js'
import { drawFailure, wireMark } from './wire-panel.js'

const log = at('log')
const most = 200

/** Draws the room's messages, or what to do where there are none. */
export function drawLog() {
  log.setAttribute('aria-busy', 'true')
  log.replaceChildren()
  for (const entry of entriesOfMine()) append(entry)
  if (!log.childNodes.length) log.append(emptyState())
  log.removeAttribute('aria-busy')
  scrollDown()
  drawWaiting()
}

/** Whether the log shows something that is not so, or lacks something. */
export function isStale() {
  const drawn = new Set([...log.querySelectorAll('.entry:not(.local)')].map(({ id }) => id.slice('entry-'.length)))
  const there = new Set(entriesOfMine().map(({ id }) => id))
  return drawn.size === 0 || drawn.symmetricDifference(there).size > 0
}

/** Draws an entry that has just come, and follows it where the newest line was in sight. */
export function show(entry) {
  if (!isForMe(entry)) return
  const down = isDown(80)
  append(entry)
  if (down || entry.userId === view.me.id) scrollDown()
}

/** Shows a notice that only this page has. */
export function tell(text) {
  append({ id: `local-${Date.now()}`, kind: 'notice', date: new Date().toISOString(), text })
  log.lastChild.classList.add('local')
  scrollDown()
}

/** Draws what came of a webhook, below the message that it was about. */
export function drawDelivery({ messageId }) {
  const box = messageId && at(`entry-${messageId}`)
  if (box) drawDeliveries(box, messageId)
  drawWaiting()
}

// Pictures come late and push the newest line down.
log.addEventListener('load', () => isDown(500) && scrollDown(), { capture: true })

// A phone's keyboard, the wire and the window change the log's size: whoever read the newest line goes on reading it. The
// browser scrolls by itself then, before the new size is told; that is nobody who scrolls up.
let wasDown = true
let size = ''
const sizeNow = () => `${log.clientWidth}x${log.clientHeight}`
log.addEventListener('scroll', () => {
  if (size === sizeNow()) wasDown = isDown(80)
})
new ResizeObserver(() => {
  size = sizeNow()
  if (wasDown) scrollDown()
}).observe(log)

function append(entry) {
  log.querySelector('.empty')?.remove()
  const box = drawEntry(entry, { ...view, entries: view.room.history })
  box.dataset.place = placeOf(entry)
  const earlier = [...log.children].find(({ dataset }) => dataset.place === box.dataset.place)
  if (earlier) return earlier.replaceWith(box)
  drawDay(new Date(entry.date))
  const before = log.lastChild
  box.dataset.at = String(Date.parse(entry.date))
  if (follows(box, before)) box.classList.add('follows')
  log.append(box)
  drawDeliveries(box, entry.id)
  while (log.querySelectorAll('.entry').length > most) log.firstChild.remove()
}

function drawDay(date) {
  const day = date.toDateString()
  if (log.dataset.day === day && log.querySelector('.entry')) return
  const words = date.toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' })
  log.append(element('p', { class: 'day' }, day === new Date().toDateString() ? 'Today' : words))
  log.dataset.day = day
}

/** Whether somebody goes on speaking, so that the name need not stand there again. */
function follows(box, before) {
  if (!box.matches('.message') || !before?.matches('.message')) return false
  return before.dataset.from === box.dataset.from && box.dataset.at - before.dataset.at < 300_000
}

function drawDeliveries(box, messageId) {
  const lines = [...view.deliveries.values()].filter((one) => one.messageId === messageId)
  const focused = box.contains(document.activeElement) && document.activeElement.dataset.delivery
  for (const old of box.querySelectorAll('.deliveries, .failure')) old.remove()
  if (!lines.length) return
  box.append(element('p', { class: 'deliveries' }, ...lines.map((one) => wireMark(one, describeDelivery(one)))))
  box.append(...lines.flatMap(({ failure }) => (failure ? [drawFailure(failure)] : [])))
  if (focused) box.querySelector(`[data-delivery="${focused}"]`)?.focus()
}

/** Names who is being waited for, for as long as an add-on has a message in its hands. */
function drawWaiting() {
  const ids = new Set(view.room?.history.map(({ id }) => id))
  const open = [...view.deliveries.values()].filter(({ state, messageId }) => state === 'sent' && ids.has(messageId))
  const names = [...new Set(open.map(({ addon }) => addon))]
  const words = names.length ? `Waiting for ${names.join(', ')}…` : ''
  if (at('waiting').textContent !== words) at('waiting').textContent = words
}

function emptyState() {
  const box = element('div', { class: 'empty' }, element('h2', {}, 'No messages yet'))
  if (!view.addons.length) {
    const open = element('button', { type: 'button', 'data-install': '' }, 'Install an add-on')
    box.append(element('p', {}, 'No add-on is installed yet, so nothing will answer.'), open)
    return box
  }
  const tries = ['/deploy status', '/hello', '/help']
    .filter(isHeard)
    .map((line) => element('button', { type: 'button', class: 'quiet', 'data-write': line }, line))
  box.append(element('p', {}, 'Type a command below, or try one of these:'))
  box.append(element('p', { class: 'tries' }, ...tries))
  return box
}

/** Whether an add-on listens to a line, as far as its pattern is understood here. */
function isHeard(line) {
  const patterns = view.addons.flatMap(({ webhooks }) => webhooks.map(({ pattern }) => pattern ?? ''))
  return patterns.some((pattern) => {
    try {
      return new RegExp(pattern).test(line)
    } catch {
      return false
    }
  })
}

function isDown(within) {
  return log.scrollHeight - log.scrollTop - log.clientHeight < within
}

function scrollDown() {
  log.scrollTop = log.scrollHeight
}
