import { describeFault } from './describe-fault.js'
import { element } from './dom.js'

/** Draws one step of what went over the wire; `begin` is when the first was, in milliseconds. */
export function drawStep(step, begin) {
  if (step.kind === 'note') return drawNote(step, begin)
  const { exchange, token } = step
  const isWebhook = step.kind === 'webhook'
  const box = element('li', { class: `step ${step.kind}` })
  const path = new URL(exchange.url).pathname
  const way = isWebhook ? 'HipChat → bot' : 'bot → HipChat'
  const title = element('b', {}, isWebhook ? 'Webhook' : titleOf(path))
  box.append(headOf(step, begin, title, element('span', { class: 'way' }, way), outcomeOf(exchange)))
  box.append(element('p', { class: 'address' }, `${exchange.method} ${exchange.url}`))
  if (exchange.fault) box.append(element('p', { class: 'fault' }, `On purpose: ${describeFault(exchange.fault)}`))
  if (token) box.append(folded('Token, decoded', true, fields(token.claims, readable)))
  box.append(folded('Request', false, ...message(exchange)))
  if (exchange.answer) box.append(folded('Answer', false, ...message(exchange.answer)))
  return box
}

function drawNote({ note, at }, begin) {
  const { step, text, detail, tone } = note
  const box = element('li', { class: `step note ${tone ?? ''}`, 'data-step': step })
  box.append(headOf({ at }, begin, element('span', { class: 'words' }, text)))
  if (detail) box.append(folded(labels[step] ?? 'More', step === 'failed', pre(detail)))
  return box
}

const labels = { parsed: 'Options', said: 'Reply', failed: 'Stack', log: 'Fields' }

function headOf({ at }, begin, ...parts) {
  return element('p', { class: 'step-head' }, element('span', { class: 'offset' }, offset(at - begin)), ...parts)
}

function offset(ms) {
  return ms < 10_000 ? `+${ms} ms` : `+${(ms / 1000).toFixed(1)} s`
}

function titleOf(path) {
  if (path.startsWith('/v2/oauth/token')) return 'Access token'
  return path.endsWith('/notification') ? 'Notification' : 'Call'
}

function outcomeOf({ answer, error, ms }) {
  const took = ms === undefined ? '' : ` in ${ms} ms`
  if (answer)
    return element('span', { class: answer.status < 300 ? 'outcome' : 'outcome bad' }, `${answer.status}${took}`)
  return element('span', { class: error ? 'outcome bad' : 'outcome' }, error ? `${error}${took}` : 'no answer yet')
}

function message({ headers, body }) {
  return [fields(headers), body ? pre(pretty(body)) : element('p', { class: 'plain none' }, 'No body.')]
}

function fields(values, show = plain) {
  const pairs = Object.entries(values).map(([name, value]) =>
    element('div', {}, element('dt', {}, name), element('dd', {}, show(name, value))),
  )
  return element('dl', { class: 'fields' }, ...pairs)
}

function plain(_, value) {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** A claim as it stands; times as people read them beside it. */
function readable(name, value) {
  const isTime = /^(exp|iat|nbf)$/.test(name) && typeof value === 'number'
  return isTime ? `${value} (${new Date(value * 1000).toLocaleTimeString()})` : plain(name, value)
}

function folded(label, isOpen, ...children) {
  const box = element('details', {}, element('summary', {}, label), ...children)
  box.open = isOpen
  return box
}

/** A block that scrolls must be reachable by those who have no mouse. */
function pre(text) {
  return element('pre', { tabindex: '0' }, text)
}

function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2)
  } catch {
    return body
  }
}
