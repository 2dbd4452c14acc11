import { post } from './ask-simulator.js'
import { at, element } from './dom.js'
import { view } from './state.js'

/** Opens the dialog that makes a token. */
at('get-token').onclick = () => {
  const people = view.people.map(({ id, name }) => element('option', { value: id }, name))
  const rooms = view.rooms.map(({ id, name }) => element('option', { value: id }, name))
  at('token-owner').replaceChildren(...people, element('option', { value: '' }, 'An integration that notifies'))
  at('token-room').replaceChildren(element('option', { value: '' }, 'Every room'), ...rooms)
  at('token-text').value = ''
  at('token-note').textContent = ''
  at('token').showModal()
}

at('token-close').onclick = () => at('token').close()

at('token').querySelector('form').onsubmit = async (event) => {
  event.preventDefault()
  const [user, room] = [at('token-owner').value, at('token-room').value]
  try {
    const body = { ...(user ? { user: Number(user) } : {}), ...(room ? { room: Number(room) } : {}) }
    const { token, scopes } = await post('tokens', body)
    at('token-text').value = token
    at('token-note').textContent = `For a year, with ${scopes.length === 1 ? scopes[0] : 'every scope'}.`
  } catch (error) {
    at('token-note').textContent = error.message
  }
}
