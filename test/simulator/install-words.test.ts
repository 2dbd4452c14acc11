import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'
import { type Answers, descriptor, openAddon } from './far-side.js'

let simulator: Simulator
let addon: Awaited<ReturnType<typeof openAddon>>
let described: (url: string) => Answers
let onInstall: Answers

beforeEach(async () => {
  described = (url) => ({ body: JSON.stringify(descriptor(url)) })
  onInstall = {}
  addon = await openAddon((got, url) => {
    if (got.path === '/descriptor.json') return described(url)
    return got.method === 'POST' ? onInstall : {}
  })
  simulator = createSimulator({ port: 0, timeoutMs: 500 })
  await simulator.listen()
})

afterEach(async () => {
  await simulator.close()
  await addon.close()
})

async function post(path: string, body: object) {
  const headers = { 'Content-Type': 'application/json' }
  const answer = await fetch(`${simulator.url}/simulator/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  return (await answer.json()) as Readonly<Record<string, string>>
}

const install = (url = `${addon.url}/descriptor.json`) => post('install', { url })
const where = 'Give the address of its descriptor itself: a bot of slashroom has it at /descriptor.json.'

describe('an installation that fails is told in words, with what to do', () => {
  it('where nobody listens', async () => {
    await addon.close()
    expect(await install()).toMatchObject({
      detail: `The add-on could not be reached at ${addon.url}/descriptor.json: connection refused.`,
      advice: 'Is it running, and does it listen there? Start it, then install it again.',
    })
  })

  it('where there is no descriptor', async () => {
    described = () => ({ status: 404 })
    const url = `${addon.url}/descriptor.json`
    expect(await install()).toMatchObject({
      detail: `There is no descriptor at ${url}: it answered 404.`,
      advice: where,
    })
    described = () => ({ body: '<!doctype html><title>Hello</title>' })
    expect(await install()).toMatchObject({
      detail: `The document at ${url} is a web page, not a descriptor.`,
      advice: where,
    })
  })

  it('where the descriptor is not in order', async () => {
    described = (url) => ({ body: JSON.stringify({ ...descriptor(url), links: {} }) })
    expect(await install()).toMatchObject({
      detail: 'The descriptor is invalid: links.self is missing.',
      advice: 'Correct that in the descriptor that the add-on serves, then install it again.',
    })
  })

  it('where the add-on refuses', async () => {
    onInstall = { status: 403, body: '{"title":"Forbidden","detail":"this server is not welcome"}' }
    const { detail, advice } = await install()
    expect(detail).toBe('Echo refused the installation: it answered 403 (this server is not welcome).')
    expect(advice).toContain(`${new URL(simulator.url).host} may have to be on its list of servers`)
    expect(simulator.addons()).toEqual([])
  })
})

describe('uninstalling', () => {
  it('takes an add-on away at once, and says that its server was not told', async () => {
    const { oauthId } = await install()
    await addon.close()
    const { port } = new URL(addon.url)
    const silent = http.createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(Number(port), '127.0.0.1', resolve))
    expect((silent.address() as AddressInfo).port).toBe(Number(port))
    const seen: number[] = []
    simulator.onEvent(({ type }) => type === 'world' && seen.push(simulator.addons().length))
    const uninstalled = post('uninstall', { oauthId, follow: false })
    await expect.poll(() => seen[0]).toBe(0)
    expect(await uninstalled).toEqual({
      untold: 'Echo is uninstalled. It was not told, for it did not answer: no answer within 0.5 s.',
    })
    silent.closeAllConnections()
    silent.close()
  })

  it('sends the browser to the pages of a server that is there, and stays where it is otherwise', async () => {
    described = (url) => {
      const { capabilities, ...more } = descriptor(url)
      const installable = { uninstalledUrl: `${url}/bye` }
      return { body: JSON.stringify({ ...more, capabilities: { ...capabilities, installable } }) }
    }
    const first = await install()
    expect((await post('uninstall', { oauthId: first['oauthId'], follow: false }))['redirect']).toMatch(/\/bye\?/)
    const second = await install()
    await addon.close()
    expect(await post('uninstall', { oauthId: second['oauthId'], follow: false })).toEqual({
      untold: 'Echo is uninstalled. It was not told, for it did not answer: connection refused.',
    })
  })
})
