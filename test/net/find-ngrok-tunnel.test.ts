import { afterEach, describe, expect, it } from 'vitest'
import { findTunnel } from '../../src/net/find-ngrok-tunnel.js'
import { type Listening, listen } from '../../src/server/listen.js'

const agents: Listening[] = []
afterEach(() => Promise.all(agents.splice(0).map((agent) => agent.close(0))))

describe('the address of a running ngrok agent', () => {
  const http = { public_url: 'http://a.ngrok.app', config: { addr: 'http://localhost:3000' } }
  const https = { public_url: 'https://a.ngrok.app', config: { addr: 'localhost:3000' } }
  const elsewhere = { public_url: 'https://b.ngrok.app/', config: { addr: 'http://localhost:80' } }
  const unsaid = { public_url: 'https://c.ngrok.app' }
  const shell = { public_url: 'tcp://0.tcp.ngrok.io:10022', config: { addr: 'localhost:22' } }

  it.each([
    ['the one that leads to the bot', [elsewhere, https], 'https://a.ngrok.app'],
    ['the one by https', [http, https], 'https://a.ngrok.app'],
    ['one by http where there is no other', [shell, http], 'http://a.ngrok.app'],
    ['one that leads to a proxy before the bot', [elsewhere], 'https://b.ngrok.app'],
    ['one that does not say where it leads', [unsaid], 'https://c.ngrok.app'],
    ['none that is no web address', [shell], undefined],
  ])('is %s', async (_, tunnels, expected) => {
    expect(await findTunnel(3_000, { api: await agent(JSON.stringify({ tunnels })) })).toBe(expected)
  })

  it('is only one that leads straight to the bot, where that is asked for', async () => {
    const api = await agent(JSON.stringify({ tunnels: [elsewhere, unsaid] }))
    expect(await findTunnel(3_000, { api, straight: true })).toBeUndefined()
  })

  it.each(['no JSON', '[]', '{"tunnels":7}', '{"tunnels":[null,{"public_url":7}]}'])('is none in %s', async (body) => {
    expect(await findTunnel(3_000, { api: await agent(body) })).toBeUndefined()
  })

  it('is none where no agent runs', async () => {
    const api = await agent('')
    await agents.pop()?.close(0)
    expect(await findTunnel(3_000, { api })).toBeUndefined()
  })
})

/** What answers as an agent's local API does. */
async function agent(body: string): Promise<string> {
  const answering = await listen((_, response) => response.end(body), { port: 0, host: '127.0.0.1' })
  agents.push(answering)
  return `http://127.0.0.1:${answering.port}`
}
