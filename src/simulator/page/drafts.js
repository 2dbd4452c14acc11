import { view } from './state.js'

/** What one began to write in the room; it is this tab's, and outlives a reload. */
export function draftHere() {
  return view.room ? (sessionStorage.getItem(key()) ?? '') : ''
}

/** Keeps it; nothing is kept of an empty box. */
export function keepDraft(text) {
  if (!view.room) return
  if (text) sessionStorage.setItem(key(), text)
  else sessionStorage.removeItem(key())
}

function key() {
  return `draft of ${view.me.id} in ${view.room.id}`
}
