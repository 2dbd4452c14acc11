import { post } from './ask-simulator.js'
import { at, element } from './dom.js'
import { view } from './state.js'

/** Opens the dialog that makes a token. */
at('get-token').onclick = () => {
  const people = view.people.map(({ id, name }) => element('option', { value: id }, name))
  const rooms = view.rooms.map(({ id, name }) => element('option', { value: id }, name))
  at('token-owner').replaceChildren(...people, element('option', { value: '' }, 'An integration that notifies'))
  at('token-room').replaceChildren(element('option', { value: '' }, 'Every room'), ...rooms)
  show('', '')
  at('token').showModal()
}

at('token-close').onclick = () => at('token').close()

/** A token that was made for somebody else must not seem to be this one's. */
at('token').querySelector('form').onchange = () => show('', '')

at('token').querySelector('form').onsubmit = async (event) => {
  event.preventDefault()
  const [user, room] = [at('token-owner').value, at('token-room').value]
  try {
    const body = { ...(user ? { user: Number(user) } : {}), ...(room ? { room: Number(room) } : {}) }
    const { token, scopes } = await post('tokens', body)
    show(token, `Valid for a year, with ${scopes.length === 1 ? scopes[0] : 'every scope'}.`)
  } catch (error) {
    show('', error.message)
  }
}

/** A browser lets pages copy only where they came by https, or from this machine; elsewhere the token is selected. */
at('token-copy').onclick = async () => {
  getSelection().selectAllChildren(at('token-text'))
  try {
    await navigator.clipboard.writeText(at('token-text').value)
    at('token-note').textContent = 'Copied.'
  } catch {
    at('token-note').textContent = 'The browser does not allow copying here. The token is selected: copy it yourself.'
  }
}

function show(token, note) {
  at('token-text').value = token
  at('token-note').textContent = note
  at('token-copy').hidden = token === ''
}
