import { post } from './ask-simulator.js'
import { at } from './dom.js'
import { draftHere, keepDraft } from './drafts.js'
import { tell } from './message-list.js'
import { view } from './state.js'

const box = at('text')
const typed = { lines: JSON.parse(sessionStorage.getItem('typed') ?? '[]'), place: -1, draft: '' }

/** Puts a text into the box, ready to be sent. */
export function write(text) {
  box.value = text
  keepDraft(text)
  grow()
  box.focus()
}

/** Brings back what was begun in the room, by who one is. */
export function restoreDraft() {
  write(draftHere())
}

/** Asks the simulator to do something; what went wrong is told in the room. */
export async function change(what, body) {
  try {
    const { redirect, untold } = await post(what, body)
    if (redirect) location.assign(redirect)
    if (untold) tell(untold)
    return true
  } catch (error) {
    tell(error.message)
    return false
  }
}

at('composer').onsubmit = (event) => {
  event.preventDefault()
  send(box.value)
}

box.oninput = () => {
  typed.place = -1
  keepDraft(box.value)
  grow()
}

box.onkeydown = (event) => {
  if (event.isComposing) return
  if (event.key === 'Enter' && !event.shiftKey) {
    event.preventDefault()
    send(box.value)
  }
  if (event.key === 'ArrowUp' && (box.selectionEnd === 0 || (typed.place >= 0 && isOnFirstLine()))) {
    recall(event, typed.place + 1)
  }
  if (event.key === 'ArrowDown' && typed.place >= 0 && isOnLastLine()) recall(event, typed.place - 1)
}

/** What HipChat's own clients keep for themselves; no add-on ever saw these. */
const clientWords = /^\/(clear|join|enter|part|close|leave|here|available|back|away|dnd|rename)\b/

async function send(text) {
  const { room, me } = view
  if (!text.trim() || !room) return
  typed.lines = [text, ...typed.lines.filter((one) => one !== text)].slice(0, 50)
  typed.place = -1
  sessionStorage.setItem('typed', JSON.stringify(typed.lines))
  write('')
  const [, word] = clientWords.exec(text) ?? []
  if (word === 'clear') return at('log').replaceChildren()
  if (word) return tell(`HipChat's own clients handle /${word} themselves, so add-ons never receive it.`)
  const [isTopic, topic = ''] = /^\/topic(?: ([\s\S]*))?$/.exec(text) ?? []
  const done = isTopic
    ? await change('topic', { room: room.id, user: me.id, topic: topic.slice(0, 250) })
    : await change('say', { room: room.id, user: me.id, text })
  if (!done && !box.value) write(text)
}

function recall(event, place) {
  if (place >= typed.lines.length) return
  event.preventDefault()
  if (typed.place < 0) typed.draft = box.value
  typed.place = place
  write(place < 0 ? typed.draft : typed.lines[place])
}

function isOnFirstLine() {
  return !box.value.slice(0, box.selectionStart).includes('\n')
}

function isOnLastLine() {
  return !box.value.slice(box.selectionEnd).includes('\n')
}

/** Lets the box grow with its text. */
function grow() {
  box.rows = Math.min(8, box.value.split('\n').length)
}
