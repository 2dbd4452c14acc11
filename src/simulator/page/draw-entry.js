import { described } from './card-buttons.js'
import { element } from './dom.js'
import { compareButton } from './previews.js'
import { safeUrl, sanitise } from './sanitise.js'

/** Draws one entry of a room: a message, a notification, a topic or a notice. */
export function drawEntry(entry, { people, entries, addons, me }) {
  const who = people.find(({ id }) => id === entry.userId)
  const box = element('article', { class: `entry ${entry.kind}`, id: `entry-${entry.id}` })
  box.dataset.from = who ? who.name : (entry.from ?? '')
  if (entry.kind === 'notification' || entry.kind === 'private') box.dataset.color = entry.color ?? 'gray'
  if (entry.kind === 'notice') return filled(box, element('p', { class: 'body' }, entry.text), time(entry))
  if (entry.kind === 'topic') {
    const words = entry.text ? `set the topic: ${entry.text}` : 'cleared the topic'
    return filled(box, element('p', { class: 'body' }, `${who?.name ?? 'Somebody'} ${words}`), time(entry))
  }
  const addon = addons.find(({ oauthId }) => oauthId === entry.sender?.client_id)
  box.append(portrait(who, entry, addon), head(who, entry))
  const parent = entries.find(({ id }) => id === entry.attachTo)
  if (parent) box.append(quoted(parent, people))
  box.append(entry.card ? drawCard(entry) : body(entry, people, me))
  if (entry.file) box.append(fileLine(entry.file))
  return box
}

/** The words of a delivery that stand below the message that caused it. */
export function describeDelivery({ addon, state, status, ms, error, shown }) {
  if (state === 'sent') return `→ ${addon}…`
  if (state === 'failed') return `→ ${addon} · ${error} · ${ms} ms`
  return `→ ${addon} · ${status} in ${ms} ms${shown ? ', answered' : ''}`
}

function fileLine({ name, size, url }) {
  const link = element('a', { href: safeUrl(url, ['http:', 'https:']), download: name }, name)
  return element('p', { class: 'body' }, link, ` ${size.toLocaleString()} bytes`)
}

function filled(box, ...children) {
  box.append(...children)
  return box
}

function portrait(who, entry, addon) {
  const picture = safeUrl(addon?.avatar, ['http:', 'https:'])
  if (!who && picture) return element('img', { class: 'portrait', src: picture, alt: '', width: '36', height: '36' })
  const name = who?.name ?? entry.from ?? '?'
  const initials = name.split(/\s+/, 2).map((word) => [...word][0] ?? '')
  const kind = who ? 'portrait' : 'portrait addon'
  const shape = element('span', { class: kind, 'aria-hidden': 'true' }, initials.join(''))
  shape.dataset.hue = String(who ? who.id % 6 : 6)
  return shape
}

function head(who, entry) {
  const line = element('p', { class: 'head' }, element('strong', {}, who?.name ?? entry.from ?? 'Integration'))
  if (!who) line.append(element('span', { class: 'kind' }, entry.kind === 'private' ? 'only you see this' : 'add-on'))
  if (entry.notify) line.append(element('span', { class: 'kind' }, 'rings'))
  line.append(time(entry), ...compareButton(entry))
  return line
}

function time({ date }) {
  const at = new Date(date)
  const shown = at.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })
  return element('time', { datetime: date, title: at.toLocaleString() }, shown)
}

function quoted(parent, people) {
  const name = people.find(({ id }) => id === parent.userId)?.name ?? parent.from ?? ''
  const text = parent.format === 'html' ? sanitise(parent.text).textContent : parent.text
  const beginning = ` ${text.slice(0, 140)}`
  return element('a', { class: 'quoted', href: `#entry-${parent.id}` }, element('b', {}, name), beginning)
}

function body(entry, people, me) {
  if (entry.format === 'html') return element('div', { class: 'body html' }, sanitise(entry.text))
  const code = /^\/(code|pre|monospace) ([\s\S]*)$/.exec(entry.text)
  if (code && entry.kind === 'message') return element('pre', { class: 'body' }, code[2])
  const quote = /^\/quote ([\s\S]*)$/.exec(entry.text)
  if (quote && entry.kind === 'message') return element('blockquote', { class: 'body' }, quote[1])
  return element('p', { class: 'body text' }, ...linked(entry.text, people, me))
}

/** Text as it was typed, with its addresses as links and its mentions marked. */
function linked(text, people, me) {
  const names = new Set(['all', 'here', ...people.map(({ mentionName }) => mentionName.toLowerCase())])
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?')\]]|@[\p{L}\p{N}_]+)/u).map((part) => {
    const url = /^https?:/.test(part) ? safeUrl(part) : undefined
    if (url) return element('a', { href: url, target: '_blank', rel: 'noopener noreferrer nofollow' }, part)
    const name = part.startsWith('@') ? part.slice(1).toLowerCase() : ''
    if (!names.has(name)) return part
    const mine = name === 'all' || name === 'here' || name === me?.mentionName.toLowerCase()
    return element('span', { class: mine ? 'mention mine' : 'mention' }, part)
  })
}

function drawCard({ card }) {
  const box = element('div', { class: `card ${card.style}` })
  if (!card.activity?.html) return filled(box, ...insides(card))
  const words = sanitise(card.activity.html, { card: true })
  const line = element('summary', {}, ...icon(card.activity.icon ?? card.icon), words)
  return filled(box, element('details', {}, line, ...insides(card)))
}

function insides(card) {
  const url = safeUrl(card.url)
  const title = url ? link(url, card.title) : card.title
  const parts = [element('p', { class: 'card-title' }, ...icon(card.icon), title)]
  const picture = safeUrl(card.thumbnail?.url ?? card.images?.image, ['http:', 'https:'])
  const words = element('div', { class: 'words' })
  const { description } = card
  if (typeof description === 'string' && description) words.append(...described(description))
  if (description?.format === 'text') words.append(...described(description.value))
  if (description?.format === 'html') {
    words.append(element('div', { class: 'description' }, sanitise(description.value, { card: true })))
  }
  if (card.style === 'link' && url) words.append(element('p', { class: 'site' }, new URL(url).host))
  if (card.attributes?.length) words.append(attributes(card.attributes))
  if (words.childNodes.length) parts.push(words)
  if (picture) {
    const image = element('img', { ...quiet, class: 'thumbnail', src: picture, loading: 'lazy' })
    parts.push(url ? filled(link(url, ''), image) : image)
  }
  return parts
}

function attributes(list) {
  const pairs = list.map(({ label, value }) => {
    const url = safeUrl(value.url)
    const shown = element('dd', {}, ...icon(value.icon), url ? link(url, value.label) : value.label)
    if (value.style?.startsWith('lozenge'))
      shown.append(element('span', { class: `lozenge ${value.style}` }, ...shown.childNodes))
    return element('div', {}, ...(label ? [element('dt', {}, label)] : []), shown)
  })
  return element('dl', { class: 'attributes' }, ...pairs)
}

function icon(given) {
  const url = safeUrl(typeof given === 'string' ? given : given?.url, ['http:', 'https:'])
  return url ? [element('img', { ...quiet, class: 'icon', src: url, width: '16', height: '16' })] : []
}

/** What every picture of a card has: it says nothing that the text does not, and nobody is told where it is shown. */
const quiet = { alt: '', referrerpolicy: 'no-referrer' }

function link(url, text) {
  return element('a', { href: url, target: '_blank', rel: 'noopener noreferrer nofollow' }, text)
}
