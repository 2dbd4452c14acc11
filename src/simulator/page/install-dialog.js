import { post } from './ask-simulator.js'
import { at, element } from './dom.js'
import { view } from './state.js'

/** Opens the dialog that installs an add-on, with what is known of it already. */
export function openInstall(url = '', roomName = undefined) {
  at('install-url').value = url
  for (const id of ['install-error', 'install-advice']) at(id).textContent = ''
  const places = view.rooms.map(({ id, name }) => element('option', { value: id }, `Only in ${name}`))
  at('install-room').replaceChildren(element('option', { value: '' }, 'In every room'), ...places)
  at('install-room').value = view.rooms.find(({ name }) => name === roomName)?.id ?? ''
  at('install').showModal()
}

at('add').onclick = () => openInstall()
at('install-cancel').onclick = () => at('install').close()

at('install').querySelector('form').onsubmit = async (event) => {
  event.preventDefault()
  const place = at('install-room').value
  at('install-error').textContent = 'Installing…'
  at('install-advice').textContent = ''
  const body = { url: at('install-url').value, follow: false, ...(place ? { room: Number(place) } : {}) }
  try {
    const { redirect } = await post('install', body)
    at('install').close()
    history.replaceState(null, '', location.pathname + location.hash)
    if (redirect) location.assign(redirect)
  } catch (error) {
    at('install-error').textContent = error.message
    at('install-advice').textContent = error.advice ?? ''
  }
}
