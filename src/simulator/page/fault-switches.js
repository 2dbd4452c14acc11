import { post } from './ask-simulator.js'
import { describeFault } from './describe-fault.js'
import { at, element } from './dom.js'

/** What can be switched on, by the group that one of it may stand in. */
const groups = {
  answers: [
    ['As usual'],
    ['429, too many requests', { kind: 'status', status: 429 }],
    ['500, a fault of the server', { kind: 'status', status: 500 }],
    ['3 seconds late', { kind: 'delay', delayMs: 3000 }],
    ['Connection reset', { kind: 'reset' }],
  ],
  deliveries: [
    ['As usual'],
    ['Each twice', { kind: 'duplicate' }],
    ['3 seconds late', { kind: 'delay', delayMs: 3000 }],
    ['Signed by a clock 10 minutes ahead', { kind: 'clock', offMs: 600_000 }],
    ['Signed by a clock an hour behind', { kind: 'clock', offMs: -3_600_000 }],
    ['Not at all', { kind: 'drop' }],
  ],
}

/** What is still to be switched, one after another. */
let turn = Promise.resolve()
let waiting = 0

/** Shows which faults stand, in the bar above the room and on the switches. */
export function showFaults(faults) {
  at('faults-on').hidden = faults.length === 0
  at('faults-words').textContent = faults.length ? `On purpose: ${faults.map(describeFault).join('; ')}.` : ''
  if (waiting > 0) return // what is chosen now stands soon
  for (const [group, choices] of Object.entries(groups)) {
    const [first] = faults.filter((fault) => groupOf(fault) === group)
    const place = first ? choices.findIndex(([, fault]) => fault && isLike(first, fault)) : 0
    for (const [n, radio] of at('faults').querySelectorAll(`[name="${group}"]`).entries()) radio.checked = n === place
    if (first && group === 'answers' && !at('faults').contains(document.activeElement)) setTarget(first.target)
  }
}

function setTarget(target) {
  if ([...at('fault-target').options].some(({ value }) => value === target)) at('fault-target').value = target
}

function groupOf({ target }) {
  return target === 'delivery' ? 'deliveries' : 'answers'
}

function isLike(one, fault) {
  return Object.entries(fault).every(([name, value]) => one[name] === value)
}

for (const [group, choices] of Object.entries(groups)) {
  const lines = choices.map(([words], n) => {
    const radio = element('input', { type: 'radio', name: group, value: String(n) })
    return element('label', { class: 'choice' }, radio, words)
  })
  at(`fault-${group}`).append(...lines)
}
showFaults([])

at('make-faults').onclick = () => {
  at('faults-error').textContent = ''
  at('faults').showModal()
}

at('faults').onchange = ({ target }) => {
  const group = target.name in groups ? target.name : 'answers'
  const chosen = at('faults').querySelector(`[name="${group}"]:checked`)
  change(group, groups[group][Number(chosen?.value ?? 0)][1])
}

at('faults-off').onclick = () => {
  at('text').focus() // the button goes
  act(() => fetch('/simulator/faults', { method: 'DELETE' }))
}

/** One fault of a group stands at a time: of two, only the first would ever strike. */
function change(group, fault) {
  const target = group === 'deliveries' ? 'delivery' : at('fault-target').value
  act(async () => {
    const old = (await standing()).filter((one) => groupOf(one) === group)
    for (const { id } of old) await fetch(`/simulator/faults/${id}`, { method: 'DELETE' })
    if (fault) await post('faults', { target, ...fault })
  })
}

function act(work) {
  waiting += 1
  turn = turn.then(async () => {
    try {
      await work()
      at('faults-error').textContent = ''
    } catch (error) {
      at('faults-error').textContent = error.message
    }
    waiting -= 1
    if (waiting === 0) showFaults(await standing().catch(() => []))
  })
}

async function standing() {
  const answer = await fetch('/simulator/faults').catch(() => undefined)
  if (!answer?.ok) throw new Error('The simulator does not answer. Is it still running?')
  return answer.json()
}
