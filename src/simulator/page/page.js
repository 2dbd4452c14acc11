import { change, changeDraft, write } from './composer.js'
import { openInstall } from './install-dialog.js'
import { drawDelivery, drawLog, isStale, show } from './message-list.js'
import './token-dialog.js'
import { at, element } from './dom.js'
import { isForMe, roomsOfMine, view } from './state.js'

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
    const { deliveries, ...state } = await (await fetch('/simulator/state')).json()
    Object.assign(view, state)
    for (const delivery of deliveries) view.deliveries.set(delivery.id, delivery)
  } finally {
    loading -= 1
  }
  const myId = view.me ? String(view.me.id) : localStorage.getItem('me')
  view.me = view.people.find(({ id }) => String(id) === myId) ?? view.people[0]
  const wanted = view.room?.id ?? decodeURIComponent(location.hash.slice(1))
  const mine = roomsOfMine()
  view.room = mine.find(({ id, name }) => id === wanted || name === wanted) ?? mine[0]
  drawAround()
  if (isStale()) drawLog()
  for (const event of early.splice(0)) happen(event)
}

function happen(event) {
  if (event.type === 'entry') take(event.roomId, event.entry)
  if (event.type === 'world') load()
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
  const seen = there === view.room && document.visibilityState === 'visible'
  if (!seen && entry.userId !== view.me.id) view.unread.set(roomId, (view.unread.get(roomId) ?? 0) + 1)
  if (there === view.room) show(entry)
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
  const waiting = [...view.unread.values()].reduce((sum, one) => sum + one, 0)
  document.title = `${waiting ? `(${waiting}) ` : ''}${view.room?.name ?? 'Rooms'} · ${view.group.name}`
}

function roomButton(room) {
  const current = room === view.room ? 'page' : undefined
  const button = element('button', { type: 'button', class: 'room', 'aria-current': current, 'data-room': room.id })
  const locked = room.privacy === 'private'
  button.append(element('span', { class: locked ? 'sign locked' : 'sign', 'aria-hidden': 'true' }))
  if (locked) button.append(element('span', { class: 'hidden' }, 'Private room: '))
  button.append(room.name)
  const count = view.unread.get(room.id)
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
  const left = view.room
  view.room = next
  view.unread.delete(next.id)
  location.hash = encodeURIComponent(next.name)
  drawAround()
  drawLog()
  changeDraft(left, next)
}

at('me').onchange = () => {
  view.me = view.people.find(({ id }) => String(id) === at('me').value)
  localStorage.setItem('me', String(view.me.id))
  if (!roomsOfMine().includes(view.room)) view.room = roomsOfMine()[0]
  drawAround()
  drawLog()
}

at('log').addEventListener('click', ({ target }) => {
  const { write: line, install } = target.dataset
  if (line !== undefined) write(line)
  if (install !== undefined) openInstall()
})

addEventListener('hashchange', () => {
  const next = roomsOfMine().find(({ name }) => name === decodeURIComponent(location.hash.slice(1)))
  if (next && next !== view.room) enter(next)
})

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible' || !view.room) return
  view.unread.delete(view.room.id)
  drawRooms()
})
