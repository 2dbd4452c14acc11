import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'

let simulator: Simulator
let now = Date.now()

beforeEach(async () => {
  now = Date.now()
  simulator = createSimulator({ clock: () => now })
  await simulator.listen()
})

afterEach(() => simulator.close())

function ask(body: unknown): Promise<Response> {
  const headers = { 'Content-Type': 'application/json' }
  return fetch(`${simulator.url}/simulator/tokens`, { method: 'POST', headers, body: JSON.stringify(body) })
}

function notify(room: string, init: RequestInit): Promise<number> {
  const url = `${simulator.url}/v2/room/${room}/notification`
  return fetch(url, { method: 'POST', ...init }).then(({ status }) => status)
}

describe('a token that people make', () => {
  it('acts as a person with every scope, or notifies', async () => {
    const [person] = simulator.people()
    expect(simulator.issueToken({ user: person?.id ?? 0 }).scopes).toHaveLength(9)
    const { token, scopes } = simulator.issueToken({ room: 'Lounge' })
    expect([token, scopes]).toEqual([expect.stringMatching(/^[A-Za-z0-9]{40}$/), ['send_notification']])
    const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
    expect(await notify('Lounge', { headers, body: '{"message": "x"}' })).toBe(204)
    expect(await notify('Ops', { headers, body: '{"message": "x"}' })).toBe(403)
  })

  it('lives a year, whatever an add-on has', async () => {
    const headers = { Authorization: `Bearer ${simulator.issueToken({}).token}`, 'Content-Type': 'application/json' }
    now += 360 * 86_400_000
    expect(await notify('Lounge', { headers, body: '{"message": "x"}' })).toBe(204)
    now += 10 * 86_400_000
    expect(await notify('Lounge', { headers, body: '{"message": "x"}' })).toBe(401)
  })

  it('is refused for scopes that there are not, with a reason', async () => {
    const answer = await ask({ user: 'alice', scopes: ['view_rooms'] })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain("'view_rooms' is not a scope: admin_group, ")
    expect(await (await ask({ user: 'alice', scopes: 'view_room' })).text()).toContain('must be an array of strings')
  })
})

describe('a token in a request', () => {
  it('may stand in the form that is posted', async () => {
    const { token } = simulator.issueToken({ room: 'Lounge' })
    const body = (auth_token: string) => new URLSearchParams({ auth_token, message: 'Built', color: 'green' })
    expect(await notify('Lounge', { body: body(token) })).toBe(204)
    expect(simulator.history('Lounge').at(-1)).toMatchObject({ text: 'Built', color: 'green' })
    expect(await notify('Lounge', { body: body('x') })).toBe(401)
  })

  it('does not count in a JSON body', async () => {
    const { token } = simulator.issueToken({ room: 'Lounge' })
    const body = JSON.stringify({ auth_token: token, token, message: 'x' })
    expect(await notify('Lounge', { headers: { 'Content-Type': 'application/json' }, body })).toBe(401)
  })
})
