import { post } from './ask-simulator.js'
import { at, element } from './dom.js'
import { drawStep } from './draw-wire.js'
import { view } from './state.js'
import { toCurl } from './to-curl.js'

const panel = at('wire')
let shown
let record
let isRepeating = false
let drawn = new Map()

/** The mark below a message that says what came of a webhook, and opens what went over the wire for it. */
export function wireMark({ id, state, url }, words) {
  return element(
    'button',
    { type: 'button', class: `mark ${state}`, title: `What went over the wire to ${url}`, 'data-delivery': id },
    words,
  )
}

/** The error of a command that a webhook led to, with its stack. */
export function drawFailure({ summary, where, stack }) {
  const place = where ? [element('span', { class: 'where' }, where)] : []
  if (!stack) return element('p', { class: 'failure' }, summary, ...place)
  const line = element('summary', {}, summary, ...place)
  return element('details', { class: 'failure' }, line, element('pre', { tabindex: '0' }, stack))
}

/** More is known of a webhook. */
export function wireChanged(id) {
  if (id === shown) load(id)
}

at('log').addEventListener('click', ({ target }) => {
  const { delivery } = target.closest('[data-delivery]')?.dataset ?? {}
  if (delivery) open(delivery)
})

// A list that scrolls must be reachable by those who have no mouse.
for (const id of ['wire-curl', 'wire-steps']) at(id).tabIndex = 0

at('wire-close').onclick = () => panel.close()

// Beside the room it is no dialog that holds the keyboard, and the browser closes none of these by itself.
panel.onkeydown = (event) => {
  if (event.key === 'Escape') panel.close()
}

panel.onclose = () => {
  const mark = at('log').querySelector(`[data-delivery="${shown}"]`)
  shown = undefined
  if (panel.contains(document.activeElement) || document.activeElement === document.body) mark?.focus()
}

function open(id) {
  shown = id
  record = undefined
  isRepeating = false
  drawn = new Map()
  at('wire-curl').hidden = true
  at('wire-steps').replaceChildren()
  say('')
  if (!panel.open) wideEnough.matches ? panel.show() : panel.showModal()
  load(id)
}

const wideEnough = matchMedia('(min-width: 72rem)')

async function load(id) {
  const answer = await fetch(`/simulator/deliveries/${encodeURIComponent(id)}/wire`).catch(() => undefined)
  const json = await answer?.json().catch(() => undefined)
  if (id !== shown) return
  if (answer?.ok) draw(json)
  else say(json?.detail ?? 'The simulator does not answer. Is it still running?')
  for (const button of [at('wire-copy'), at('wire-again')]) button.disabled = !record
}

function draw(next) {
  record = next
  const lines = view.rooms.flatMap(({ history }) => history).find(({ id }) => id === record.messageId)
  at('wire-line').textContent = lines?.text ?? record.url
  const begin = record.steps[0]?.at ?? 0
  // What stands there already stays, opened as it is.
  const nodes = record.steps.map((step) => [JSON.stringify(step), step])
  drawn = new Map(nodes.map(([key, step]) => [key, drawn.get(key) ?? drawStep(step, begin)]))
  const focused = document.activeElement
  at('wire-steps').replaceChildren(...drawn.values())
  if (panel.contains(focused)) focused.focus()
  if (isRepeating) say(repetition())
}

/** What came of sending it again. */
function repetition() {
  const last = record.steps.findLastIndex(({ kind }) => kind === 'webhook')
  const { answer, error, ms } = record.steps[last].exchange
  const made = record.steps.slice(last).find(({ note }) => /^(repeated|refused)$/.test(note?.step))
  const words = answer ? `${answer.status} in ${ms} ms` : (error ?? 'no answer yet')
  return `Sent again: ${words}.${made ? ` ${made.note.text}.` : ''}`
}

at('wire-again').onclick = async () => {
  const id = shown
  say('Sending…')
  try {
    const next = await post(`deliveries/${encodeURIComponent(id)}/again`, {})
    if (id !== shown) return
    isRepeating = true
    draw(next)
  } catch (error) {
    say(error.message)
  }
}

/** A browser lets pages copy only where they came by https, or from this machine; elsewhere the line is selected. */
at('wire-copy').onclick = async () => {
  const sent = record.steps.find(({ kind }) => kind === 'webhook')
  at('wire-curl').textContent = toCurl(sent.exchange)
  isRepeating = false
  try {
    await navigator.clipboard.writeText(at('wire-curl').textContent)
    say('Copied. Its token is valid for 15 minutes.')
  } catch {
    at('wire-curl').hidden = false
    getSelection().selectAllChildren(at('wire-curl'))
    say('The browser does not allow copying here. The text is selected: copy it yourself.')
  }
}

function say(text) {
  at('wire-note').textContent = text
}
