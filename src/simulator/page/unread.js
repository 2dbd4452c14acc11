import { isForMe, view } from './state.js'

/** How much of others came to a room since it was last looked at. Notices tell of the bot, and of every room at once. */
export function unreadIn({ id, history }) {
  const seen = seenByMe()[id]
  if (seen === undefined) return 0
  const isNew = (entry) => entry.date > seen && entry.kind !== 'notice' && entry.userId !== view.me.id && isForMe(entry)
  return history.filter(isNew).length
}

/** Marks a room as looked at, by who one is and in all of one's tabs. */
export function markSeen({ id, history }) {
  keep({ ...seenByMe(), [id]: history.at(-1)?.date ?? '' })
}

/** What stood in a room before somebody first came to this page is not new to them. */
export function beginMarks(rooms) {
  const there = Object.fromEntries(rooms.map(({ id, history }) => [id, history.at(-1)?.date ?? '']))
  keep({ ...there, ...seenByMe() })
}

function seenByMe() {
  return JSON.parse(localStorage.getItem(key()) ?? '{}')
}

function keep(seen) {
  localStorage.setItem(key(), JSON.stringify(seen))
}

function key() {
  return `seen by ${view.me.id}`
}
