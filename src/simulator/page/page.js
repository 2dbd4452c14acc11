import { describeDelivery, drawEntry, element } from './entry.js'

const at = (id) => document.getElementById(id)
const world = { group: {}, people: [], rooms: [], addons: [] }
const deliveries = new Map()
const unread = new Map()
const typed = { lines: JSON.parse(sessionStorage.getItem('typed') ?? '[]'), place: -1, draft: '' }
const drafts = new Map()
const early = []
let loading = 0
let opened = false
let me
let room

at('log').tabIndex = 0
at('text').focus()
listen()
await load()
const asked = new URLSearchParams(location.search)
if (asked.has('url')) openInstall(asked.get('url'), asked.get('room'))

/** Fetches everything anew: at the start, after a lost connection, when rooms or add-ons changed. */
async function load() {
  loading += 1
  const answer = await fetch('/simulator/state').finally(() => {
    loading -= 1
  })
  Object.assign(world, await answer.json())
  for (const delivery of world.deliveries) deliveries.set(delivery.id, delivery)
  me =
    world.people.find(({ id }) => String(id) === (me ? String(me.id) : localStorage.getItem('me'))) ?? world.people[0]
  const wanted = room?.id ?? decodeURIComponent(location.hash.slice(1))
  const mine = roomsOfMine()
  room = mine.find(({ id, name }) => id === wanted || name === wanted) ?? mine[0]
  drawAround()
  if (isStale()) drawLog()
  for (const event of early.splice(0)) happen(event)
}

/** Says whether the log shows something that is not so, or lacks something. */
function isStale() {
  const drawn = new Set(
    [...at('log').querySelectorAll('.entry:not(.local)')].map(({ id }) => id.slice('entry-'.length)),
  )
  const there = new Set(shownEntries().map(({ id }) => id))
  return drawn.size === 0 || drawn.symmetricDifference(there).size > 0
}

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

function happen(event) {
  if (event.type === 'entry') take(event.roomId, event.entry)
  if (event.type === 'delivery') takeDelivery(event.delivery)
  if (event.type === 'world') load()
}

function take(roomId, entry) {
  const there = world.rooms.find(({ id }) => id === roomId)
  if (!there || there.history.some(({ id }) => id === entry.id)) return
  there.history.push(entry)
  if (entry.toUserId !== undefined && entry.toUserId !== me.id) return
  const seen = there === room && document.visibilityState === 'visible'
  if (!seen && entry.userId !== me.id) unread.set(roomId, (unread.get(roomId) ?? 0) + 1)
  if (there === room) append(entry)
  drawRooms()
}

function takeDelivery(delivery) {
  deliveries.set(delivery.id, delivery)
  const box = delivery.messageId && at(`entry-${delivery.messageId}`)
  if (box) drawDeliveries(box, delivery.messageId)
  drawWaiting()
}

/** Everything but the messages. */
function drawAround() {
  at('group').textContent = world.group.name
  at('me').replaceChildren(...world.people.map(({ id, name }) => element('option', { value: id }, name)))
  at('me').value = me.id
  at('room').textContent = room ? room.name : 'No room'
  at('topic').textContent = room?.topic || 'No topic. Type /topic and some words to set one.'
  at('text').placeholder = room ? `Write to ${room.name}, as ${me.name.split(' ')[0]}` : ''
  drawRooms()
  drawAddons()
}

function drawRooms() {
  const items = roomsOfMine().map((one) => {
    const button = element('button', {
      type: 'button',
      class: 'room',
      'aria-current': one === room ? 'page' : undefined,
    })
    const lock = one.privacy === 'private' ? 'Private room: ' : ''
    button.append(
      element('span', { class: lock ? 'sign locked' : 'sign', 'aria-hidden': 'true' }),
      element('span', { class: 'hidden' }, lock),
      one.name,
    )
    const count = unread.get(one.id)
    if (count)
      button.append(element('span', { class: 'count' }, String(count), element('span', { class: 'hidden' }, ' unread')))
    button.onclick = () => enter(one)
    return element('li', {}, button)
  })
  const had = document.activeElement?.closest('#rooms button')?.textContent
  at('rooms').replaceChildren(...items)
  if (had)
    items
      .map(({ firstChild }) => firstChild)
      .find(({ textContent }) => textContent === had)
      ?.focus()
  const waiting = [...unread.values()].reduce((sum, one) => sum + one, 0)
  document.title = `${waiting ? `(${waiting}) ` : ''}${room?.name ?? 'Rooms'} · ${world.group.name}`
}

function drawAddons() {
  const items = world.addons.map(({ oauthId, name, roomId, pending }) => {
    const where = world.rooms.find(({ id }) => id === roomId)?.name ?? 'every room'
    const remove = element(
      'button',
      { type: 'button', class: 'remove', 'aria-label': `Uninstall ${name}`, title: `Uninstall ${name}` },
      '×',
    )
    remove.onclick = () => {
      if (confirm(`Uninstall ${name} from ${where}?`)) change('uninstall', { oauthId, follow: false })
    }
    const line = element('span', { class: 'where' }, pending ? 'not finished yet' : `in ${where}`)
    return element('li', {}, element('span', { class: 'addon-name' }, name, line), remove)
  })
  if (!items.length) items.push(element('li', { class: 'none' }, 'None yet.'))
  at('addons').replaceChildren(...items)
}

function drawLog() {
  at('log').replaceChildren()
  at('log').setAttribute('aria-busy', 'true')
  for (const entry of shownEntries()) append(entry, false)
  if (!at('log').childNodes.length) at('log').append(emptyState())
  at('log').removeAttribute('aria-busy')
  scrollDown()
  drawWaiting()
}

function emptyState() {
  const box = element('div', { class: 'empty' }, element('h2', {}, 'Nothing said here yet'))
  if (!world.addons.length) {
    const open = element('button', { type: 'button' }, 'Install an add-on')
    open.onclick = () => openInstall('', undefined)
    box.append(element('p', {}, 'No add-on is installed, so nobody would answer.'), open)
    return box
  }
  const commands = element('p', { class: 'tries' })
  for (const line of ['/deploy status', '/help']) {
    const button = element('button', { type: 'button', class: 'quiet' }, line)
    button.onclick = () => write(line)
    commands.append(button)
  }
  box.append(element('p', {}, 'Type a command below, or take one of these:'), commands)
  return box
}

function append(entry, live = true) {
  if (entry.toUserId !== undefined && entry.toUserId !== me.id) return
  const log = at('log')
  const down = log.scrollHeight - log.scrollTop - log.clientHeight < 80
  log.querySelector('.empty')?.remove()
  const day = new Date(entry.date).toDateString()
  if (log.dataset.day !== day || !log.querySelector('.entry')) {
    const words = new Date(entry.date).toLocaleDateString([], { weekday: 'long', day: 'numeric', month: 'long' })
    log.append(element('p', { class: 'day' }, day === new Date().toDateString() ? 'Today' : words))
    log.dataset.day = day
  }
  const box = drawEntry(entry, { ...world, entries: room.history, me })
  const before = log.querySelector('.entry:last-of-type')
  const follows = entry.kind === 'message' && before?.matches('.message') && before.dataset.from === box.dataset.from
  if (follows && log.lastChild === before && Date.parse(entry.date) - Number(before.dataset.at) < 300_000)
    box.classList.add('follows')
  box.dataset.at = String(Date.parse(entry.date))
  log.append(box)
  drawDeliveries(box, entry.id)
  while (log.querySelectorAll('.entry').length > 200) log.firstChild.remove()
  if (entry.kind === 'topic') {
    room.topic = entry.text
    at('topic').textContent = entry.text
  }
  if (live && (down || entry.userId === me.id)) scrollDown()
}

function drawDeliveries(box, messageId) {
  const lines = [...deliveries.values()].filter((one) => one.messageId === messageId && one.state !== 'failed')
  box.querySelector('.deliveries')?.remove()
  if (!lines.length) return
  const list = element('p', { class: 'deliveries' })
  for (const one of lines) list.append(element('span', { class: one.state, title: one.url }, describeDelivery(one)))
  box.append(list)
}

/** Names who is being waited for, for as long as an add-on has the message in its hands. */
function drawWaiting() {
  const ids = new Set(room?.history.map(({ id }) => id))
  const names = [...deliveries.values()]
    .filter(({ state, messageId }) => state === 'sent' && ids.has(messageId))
    .map(({ addon }) => addon)
  const words = names.length ? `${[...new Set(names)].join(', ')} has it…` : ''
  if (at('waiting').textContent !== words) at('waiting').textContent = words
}

function enter(next) {
  drafts.set(room?.id, at('text').value)
  room = next
  unread.delete(room.id)
  location.hash = encodeURIComponent(room.name)
  drawAround()
  drawLog()
  write(drafts.get(room.id) ?? '')
}

at('me').onchange = () => {
  me = world.people.find(({ id }) => String(id) === at('me').value)
  localStorage.setItem('me', String(me.id))
  if (!roomsOfMine().includes(room)) room = roomsOfMine()[0]
  drawAround()
  drawLog()
}

addEventListener('hashchange', () => {
  const next = roomsOfMine().find(({ name }) => name === decodeURIComponent(location.hash.slice(1)))
  if (next && next !== room) enter(next)
})

document.addEventListener('visibilitychange', () => {
  if (document.visibilityState !== 'visible' || !room) return
  unread.delete(room.id)
  drawRooms()
})

at('composer').onsubmit = (event) => {
  event.preventDefault()
  send(at('text').value)
}

at('text').onkeydown = (event) => {
  if (event.isComposing) return
  const { value, selectionStart, selectionEnd } = at('text')
  if (event.key === 'Enter' && !event.shiftKey) {
    event.preventDefault()
    send(value)
  }
  if (event.key === 'ArrowUp' && selectionEnd === 0) recall(event, typed.place + 1)
  else if (
    event.key === 'ArrowUp' &&
    !value.slice(0, selectionStart).includes('\n') &&
    (value === '' || typed.place >= 0)
  )
    recall(event, typed.place + 1)
  if (event.key === 'ArrowDown' && typed.place >= 0 && !value.slice(selectionEnd).includes('\n'))
    recall(event, typed.place - 1)
}

at('text').oninput = () => {
  typed.place = -1
  grow()
}

/** What HipChat's own clients keep for themselves; no add-on ever saw these. */
const clientWords = /^\/(clear|join|enter|part|close|leave|here|available|back|away|dnd|rename)\b/

async function send(text) {
  if (!text.trim() || !room) return
  typed.lines = [text, ...typed.lines.filter((one) => one !== text)].slice(0, 50)
  sessionStorage.setItem('typed', JSON.stringify(typed.lines))
  typed.place = -1
  write('')
  const topic = /^\/topic(?: ([\s\S]*))?$/.exec(text)
  if (topic) return change('topic', { room: room.id, user: me.id, topic: (topic[1] ?? '').slice(0, 250) })
  const [, word] = clientWords.exec(text) ?? []
  if (word === 'clear') return at('log').replaceChildren()
  if (word) return tell(`HipChat's own clients keep /${word} for themselves: no add-on ever gets it.`)
  const failed = await change('say', { room: room.id, user: me.id, text })
  if (failed && !at('text').value) write(text)
}

/** Asks the simulator to do something; what went wrong is told in the room. */
async function change(what, body) {
  const problem = await post(what, body).then(
    ({ redirect }) => {
      if (redirect) location.assign(redirect)
    },
    (error) => error.message,
  )
  if (problem) tell(problem)
  return problem
}

async function post(what, body) {
  const answer = await fetch(`/simulator/${what}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  }).catch(() => {
    throw new Error('The simulator does not answer. Is it still running?')
  })
  const json = answer.status === 204 ? {} : await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Error(json.detail ?? `The simulator answered ${answer.status}.`)
  return json
}

/** Shows a notice that only this page has. */
function tell(text) {
  append({ id: `local-${Date.now()}`, kind: 'notice', date: new Date().toISOString(), text })
  at('log').lastChild.classList.add('local')
  scrollDown()
}

function recall(event, place) {
  if (place >= typed.lines.length) return
  event.preventDefault()
  if (typed.place < 0) typed.draft = at('text').value
  typed.place = place
  write(place < 0 ? typed.draft : typed.lines[place])
}

function write(text) {
  at('text').value = text
  grow()
  at('text').focus()
}

/** Lets the box grow with its text. */
function grow() {
  at('text').rows = Math.min(8, at('text').value.split('\n').length)
}

// Pictures come late and push the newest line down.
at('log').addEventListener('load', scrollDown, { capture: true })

function scrollDown() {
  at('log').scrollTop = at('log').scrollHeight
}

function roomsOfMine() {
  return world.rooms.filter(({ people, isArchived }) => !isArchived && people.includes(me.id))
}

function shownEntries() {
  return (room?.history ?? []).filter(({ toUserId }) => toUserId === undefined || toUserId === me.id)
}

at('add').onclick = () => openInstall('', undefined)
at('install-cancel').onclick = () => at('install').close()

function openInstall(url, roomName) {
  at('install-url').value = url
  at('install-error').textContent = ''
  const places = world.rooms.map(({ id, name }) => element('option', { value: id }, `Only in ${name}`))
  at('install-room').replaceChildren(element('option', { value: '' }, 'In every room'), ...places)
  at('install-room').value = world.rooms.find(({ name }) => name === roomName)?.id ?? ''
  at('install').showModal()
}

at('install').querySelector('form').onsubmit = async (event) => {
  event.preventDefault()
  const place = at('install-room').value
  at('install-error').textContent = 'Installing…'
  const body = { url: at('install-url').value, follow: false, ...(place ? { room: Number(place) } : {}) }
  try {
    const { redirect } = await post('install', body)
    at('install').close()
    history.replaceState(null, '', location.pathname + location.hash)
    if (redirect) location.assign(redirect)
    else await load()
  } catch (error) {
    at('install-error').textContent = error.message
  }
}
