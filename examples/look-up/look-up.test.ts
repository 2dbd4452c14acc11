import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { say, whisper } from 'slashroom'
import { testRoom } from 'slashroom/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import lookUp from './look-up.js'

describe('/look-up', () => {
  const room = testRoom(lookUp)
  let server: Server | undefined
  afterEach(() => {
    vi.unstubAllEnvs()
    server?.close()
  })

  /** A handbook that answers each search with this; `asked` is the last one. */
  async function handbookWith(status: number, found: unknown) {
    const handbook = { asked: '' }
    server = createServer((request, response) => {
      handbook.asked = new URL(request.url ?? '', 'http://handbook').searchParams.get('q') ?? ''
      response.writeHead(status, { connection: 'close' }).end(JSON.stringify(found))
    })
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
    vi.stubEnv('HANDBOOK_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    return handbook
  }

  it('shows the first page as a link, nothing in it taken for markup', async () => {
    const page = { url: 'https://handbook.example/?a=1&b="', title: '<b>Budget</b>', summary: 'R&D' }
    const handbook = await handbookWith(200, [page])
    expect(await room.type('/look-up error & budget?')).toEqual([
      say('<a href="https://handbook.example/?a=1&amp;b=&quot;">&lt;b&gt;Budget&lt;/b&gt;</a><br>R&amp;D', {
        format: 'html',
      }),
    ])
    expect(handbook.asked).toBe('error & budget?')
  })

  it.each([[[]], [{}], [[{ url: 'javascript:alert(1)', title: 'x' }]]])('finds nothing in %j', async (found) => {
    await handbookWith(200, found)
    expect(await room.type('/look-up budget')).toEqual([whisper('The handbook has nothing about “budget”.')])
  })

  it('says so when the handbook does not answer', async () => {
    await handbookWith(503, {})
    expect(await room.type('/look-up budget')).toEqual([
      whisper('The handbook is not responding. Try again in a moment.'),
    ])
  })
})
