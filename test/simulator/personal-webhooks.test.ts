import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'
import { type Answers, openAddon } from './far-side.js'

let simulator: Simulator
let bot: Awaited<ReturnType<typeof openAddon>>
let answer: Answers

beforeEach(async () => {
  answer = { status: 204 }
  bot = await openAddon(() => answer)
  simulator = createSimulator()
  await simulator.listen()
})

afterEach(async () => {
  await simulator.close()
  await bot.close()
})

async function api(path: string, user: string, body?: unknown, method = body === undefined ? 'GET' : 'POST') {
  const headers = {
    Authorization: `Bearer ${simulator.issueToken({ user }).token}`,
    'Content-Type': 'application/json',
  }
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
  const response = await fetch(`${simulator.url}/v2/room/Lounge/${path}`, init)
  const text = await response.text()
  return { status: response.status, json: text ? JSON.parse(text) : undefined }
}

describe("a webhook that is made with a person's token", () => {
  const echo = () => ({ url: `${bot.url}/hook`, event: 'room_message', pattern: '^/echo', name: 'echo' })

  it('is told of what is said in its room, without a client id', async () => {
    const { status, json } = await api('webhook', 'alice', echo())
    expect([status, json.id]).toEqual([201, expect.any(Number)])
    await simulator.say('Lounge', 'bob', '/echo hi')
    await simulator.say('Deployments', 'bob', '/echo hi')
    expect(bot.got).toHaveLength(1)
    const body = JSON.parse(bot.got[0]?.body ?? '')
    expect(body).toMatchObject({ webhook_id: json.id, item: { message: { message: '/echo hi' } } })
    expect(body).not.toHaveProperty('oauth_client_id')
    expect(simulator.deliveries()).toMatchObject([{ addon: 'echo', state: 'answered' }])
  })

  it('has its answer shown', async () => {
    await api('webhook', 'alice', echo())
    answer = { body: '{"message": "again"}' }
    await simulator.say('Lounge', 'bob', '/echo hi')
    expect(simulator.history('Lounge').at(-1)).toMatchObject({ kind: 'notification', text: 'again' })
  })

  it('is listed, read and deleted by who made it, and by nobody else', async () => {
    const { json } = await api('webhook', 'alice', echo())
    expect((await api('webhook', 'alice')).json.items).toMatchObject([{ id: json.id, name: 'echo' }])
    expect((await api(`webhook/${json.id}`, 'alice')).json).toMatchObject({ creator: { mention_name: 'alice' } })
    expect((await api('webhook', 'bob')).json.items).toEqual([])
    expect((await api(`webhook/${json.id}`, 'bob', undefined, 'DELETE')).status).toBe(404)
    expect((await api(`webhook/${json.id}`, 'alice', undefined, 'DELETE')).status).toBe(204)
    await simulator.say('Lounge', 'bob', '/echo hi')
    expect(bot.got).toEqual([])
  })

  it('can be made by its key, but not be signed', async () => {
    const path = 'extension/webhook/echo.key'
    expect((await api(path, 'alice', echo(), 'PUT')).status).toBe(201)
    expect((await api(path, 'alice', echo(), 'PUT')).status).toBe(201)
    expect((await api('webhook', 'alice')).json.items).toHaveLength(1)
    const signed = await api(path, 'alice', { ...echo(), authentication: 'jwt' }, 'PUT')
    expect(signed.json.error).toMatchObject({ code: 400, field: 'authentication' })
  })
})

it('names the room that there is not', async () => {
  const { token } = simulator.issueToken({ user: 'alice' })
  const response = await fetch(`${simulator.url}/v2/room/banana_stand?auth_token=${token}`)
  const error = { code: 404, message: "Room 'banana_stand' not found", type: 'Not Found' }
  expect(await response.json()).toEqual({ error })
})
