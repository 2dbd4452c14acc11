import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { say } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import build from './build.js'

describe('/build', () => {
  let server: Server | undefined
  afterEach(() => {
    vi.unstubAllEnvs()
    server?.closeAllConnections()
    server?.close()
  })

  /** A CI server whose build goes through these states. */
  async function ciThatSays(...states: string[]): Promise<string[]> {
    const seen: string[] = []
    server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${body}`.trim())
      const state = request.method === 'POST' ? 'queued' : states.shift()
      response.writeHead(state ? 200 : 500).end(JSON.stringify({ id: 7, state }))
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    vi.stubEnv('CI_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    vi.stubEnv('CI_TOKEN', 'ci-secret')
    return seen
  }

  it('stays with the build to its end', async () => {
    const seen = await ciThatSays('running', 'passed')
    expect(await testRoom(build).type('/build release/2.1')).toEqual([
      say('release/2.1 is running…', { updateKey: 'progress' }),
      say('release/2.1 is built.', { tone: 'good' }),
    ])
    expect(seen).toEqual([
      'POST /builds Bearer ci-secret {"branch":"release/2.1"}',
      'GET /builds/7 Bearer ci-secret',
      'GET /builds/7 Bearer ci-secret',
    ])
  })

  it('tells everybody when the build fails', async () => {
    await ciThatSays('failed')
    expect(await testRoom(build).type('/build')).toMatchObject([{ tone: 'bad', notify: true }])
  })

  it('fails without giving away what it knows when the server does', async () => {
    await ciThatSays()
    const room = testRoom(build)
    expect(JSON.stringify(await room.type('/build'))).not.toContain('secret')
    expect(room.outcome()).toBe('failed')
  })

  it('waits half a minute between two builds of a room', async () => {
    await ciThatSays('passed', 'passed')
    const room = testRoom(build)
    await room.type('/build')
    await room.as('ben').type('/build')
    expect(room.outcome()).toBe('forbidden')
    await room.advance(30_000)
    expect(await room.type('/build')).toMatchObject([{ tone: 'good' }])
  })
})
