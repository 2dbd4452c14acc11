import { change, restoreDraft, write } from './composer.js'
import './completion.js'
import { openInstall } from './install-dialog.js'
import { drawDelivery, drawLog, isStale, show } from './message-list.js'
import './token-dialog.js'
import { at, element } from './dom.js'
import { showFaults } from './fault-switches.js'
import { loadPlayground } from './playground.js'
import './scrollable.js'
import { isForMe, roomsOfMine, view } from './state.js'
import { beginMarks, markSeen, unreadIn } from './unread.js'
import './viewport.js'
import { wireChanged } from './wire-panel.js'

const mostEntries = 200
const mostDeliveries = 400
const early = []
let loading = 0
let opened = false

// A list that scrolls must be reachable by those who have no mouse.
at('log').tabIndex = 0
at('text').focus()
listen()
load().then(() => {
  if (!at('text').value) restoreDraft()
  const asked = new URLSearchParams(location.search)
  if (asked.has('url')) openInstall(asked.get('url'), asked.get('room'))
})

/** Hears of everything that happens; after a lost connection all is fetched anew. */
function listen() {
  const stream = new EventSource('/simulator/events')
  stream.onopen = () => {
    at('connection').hidden = true
    if (opened) load()
    opened = true
  }
  stream.onerror = () => {
    at('connection').hidden = false
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000)
  }
  stream.onmessage = ({ data }) => {
    const event = JSON.parse(data)
    // What happens while the state is on its way may be missing in it, so it waits for its turn.
    if (loading && event.type !== 'world') early.push(event)
    else happen(event)
  }
}

/** Fetches everything: at the start, after a lost connection, when rooms or add-ons changed. */
async function load() {
  loading += 1
  try {
    const [{ deliveries, faults, ...state }] = await Promise.all([fetchState(), loadPlayground()])
    Object.assign(view, state)
    for (const delivery of deliveries) view.deliveries.set(delivery.id, delivery)
    showFaults(faults)
  } finally {
    loading -= 1
  }
  // Each tab is somebody of its own; a new one begins as who was chosen last.
  const myId = view.me ? String(view.me.id) : (sessionStorage.getItem('me') ?? localStorage.getItem('me'))
  view.me = view.people.find(({ id }) => String(id) === myId) ?? view.people[0]
  sessionStorage.setItem('me', String(view.me.id))
  const wanted = view.room?.id ?? roomInAddress()
  const mine = roomsOfMine()
  view.room = mine.find(({ id, name }) => id === wanted || name === wanted) ?? mine[0]
  beginMarks(view.rooms)
  look()
  drawAround()
  if (isStale()) drawLog()
  for (const event of early.splice(0)) happen(event)
}

async function fetchState() {
  return await (await fetch('/simulator/state')).json()
}

/** What is in sight has been seen. */
function look() {
  if (view.room && document.visibilityState === 'visible') markSeen(view.room)
}

function happen(event) {
  if (event.type === 'entry') take(event.roomId, event.entry)
  if (event.type === 'world') load()
  if (event.type === 'wire') wireChanged(event.deliveryId)
  if (event.type === 'faults') showFaults(event.faults)
  if (event.type !== 'delivery') return
  view.deliveries.set(event.delivery.id, event.delivery)
  for (const id of view.deliveries.keys()) if (view.deliveries.size > mostDeliveries) view.deliveries.delete(id)
  drawDelivery(event.delivery)
}

function take(roomId, entry) {
  const there = view.rooms.find(({ id }) => id === roomId)
  if (!there || there.history.some(({ id }) => id === entry.id)) return
  there.history.push(entry)
  there.history.splice(0, there.history.length - mostEntries)
  if (!isForMe(entry)) return
  if (there === view.room) {
    look()
    show(entry)
  }
  drawRooms()
}

/** Everything but the messages. */
function drawAround() {
  const { group, people, me, room } = view
  at('group').textContent = group.name
  at('me').replaceChildren(...people.map(({ id, name }) => element('option', { value: id }, name)))
  at('me').value = me.id
  at('room').textContent = room ? room.name : 'No room'
  at('topic').textContent = room?.topic || 'No topic. Type /topic and some words to set one.'
  at('text').placeholder = room ? `Write to ${room.name}, as ${me.name.split(' ')[0]}` : ''
  drawRooms()
  drawAddons()
}

function drawRooms() {
  const focused = document.activeElement?.closest('#rooms button')?.dataset.room
  at('rooms').replaceChildren(...roomsOfMine().map((room) => element('li', {}, roomButton(room))))
  at('rooms').querySelector(`[data-room="${focused}"]`)?.focus()
  const waiting = roomsOfMine().reduce((sum, room) => sum + unreadIn(room), 0)
  document.title = `${waiting ? `(${waiting}) ` : ''}${view.room?.name ?? 'Rooms'} · ${view.group.name}`
}

function roomButton(room) {
  const current = room === view.room ? 'page' : undefined
  const button = element('button', { type: 'button', class: 'room', 'aria-current': current, 'data-room': room.id })
  const locked = room.privacy === 'private'
  button.append(element('span', { class: locked ? 'sign locked' : 'sign', 'aria-hidden': 'true' }))
  if (locked) button.append(element('span', { class: 'hidden' }, 'Private room: '))
  button.append(room.name)
  const count = unreadIn(room)
  if (count)
    button.append(element('span', { class: 'count' }, `${count}`, element('span', { class: 'hidden' }, ' unread')))
  button.onclick = () => enter(room)
  return button
}

function drawAddons() {
  const items = view.addons.map(({ oauthId, name, roomId, pending }) => {
    const where = view.rooms.find(({ id }) => id === roomId)?.name ?? 'every room'
    const label = `Uninstall ${name}`
    const remove = element('button', { type: 'button', class: 'remove', 'aria-label': label, title: label }, '×')
    remove.onclick = () => {
      if (confirm(`Uninstall ${name} from ${where}?`)) change('uninstall', { oauthId, follow: false })
    }
    const line = element('span', { class: 'where' }, pending ? 'not finished yet' : `in ${where}`)
    return element('li', {}, element('span', { class: 'addon-name' }, name, line), remove)
  })
  if (!items.length) items.push(element('li', { class: 'none' }, 'None yet.'))
  at('addons').replaceChildren(...items)
}

function enter(next) {
  view.room = next
  look()
  location.hash = encodeURIComponent(next.name)
  drawAround()
  drawLog()
  restoreDraft()
}

/** The name behind the address's `#`, which anybody may have written. */
function roomInAddress() {
  const written = location.hash.slice(1)
  try {
    return decodeURIComponent(written)
  } catch {
    return written
  }
}

at('me').onchange = () => {
  view.me = view.people.find(({ id }) => String(id) === at('me').value)
  for (const kept of [sessionStorage, localStorage]) kept.setItem('me', String(view.me.id))
  if (!roomsOfMine().includes(view.room)) view.room = roomsOfMine()[0]
  beginMarks(view.rooms)
  look()
  drawAround()
  drawLog()
  restoreDraft()
}

document.addEventListener('click', ({ target }) => {
  const { write: line, install } = target.dataset
  if (line !== undefined) write(line)
  if (install !== undefined) openInstall()
})

addEventListener('hashchange', () => {
  const wanted = roomInAddress()
  const next = roomsOfMine().find(({ name }) => name === wanted)
  if (next && next !== view.room) enter(next)
})

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible' || !view.room) return
  look()
  drawRooms()
})

// Another tab of the same person has looked at a room.
addEventListener('storage', () => view.room && drawRooms())
