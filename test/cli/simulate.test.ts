import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { createSimulation } from '../../src/cli/standalone-simulator.js'
import { simulate } from '../../src/cli/subcommands/simulate.js'
import { freePort } from '../fixtures/free-port.js'
import { emptyFolder, inTerminal } from './terminal.js'

describe('slashroom simulate', () => {
  const run = async (token = false) => {
    const folder = join(await emptyFolder(), 'kept')
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const simulation = createSimulation({ port: 0, tlsPort: 0, folder, token })
    await simulation.start()
    const out = String(log.mock.calls[0]?.[0])
    log.mockRestore()
    const [, url = ''] = /Room page +(\S+)/.exec(out) ?? []
    return { out, folder, url, stop: () => simulation.stop() }
  }

  it('names its addresses and the file to trust, and stops cleanly', async () => {
    const { out, folder, url, stop } = await run()
    expect(out).toMatch(/Room page +http:\/\/127\.0\.0\.1:\d+\/\n/)
    expect(out).toMatch(/API +http:\/\/127\.0\.0\.1:\d+\/v2 +https:\/\/127\.0\.0\.1:\d+\/v2\n/)
    expect(out).toContain(`${join(folder, 'ca.pem')}   (NODE_EXTRA_CA_CERTS`)
    expect(out).toContain('Tokens: --token, the room page, or POST /simulator/tokens.')
    expect((await fetch(url)).status).toBe(200)
    await stop()
    await expect(fetch(url)).rejects.toThrow()
  })

  it('prints tokens that work, where it is asked to', async () => {
    const { out, url, stop } = await run(true)
    const [, token] = /Alice Archer ([A-Za-z0-9]{40}) {3}\(every scope\)/.exec(out) ?? []
    expect(out).toMatch(/Deployments [A-Za-z0-9]{40} {3}\(send_notification\)/)
    expect((await fetch(`${url}v2/room/Ops?auth_token=${token}`)).status).toBe(200)
    await stop()
  })

  it('says which port is none, and that one is taken', async () => {
    for (const [option, text] of [
      ['--port', '70000'],
      ['--tls-port', 'x'],
    ] as const) {
      const err = expect.stringContaining(`${option} must be a port from 0 to 65535, not "${text}".`)
      expect(await inTerminal(simulate, [option, text])).toMatchObject({ code: 2, out: '', err })
    }
    const port = await freePort()
    const simulation = createSimulation({ port, tlsPort: port, folder: await emptyFolder(), token: false })
    await expect(simulation.start()).rejects.toThrow('A port is in use by another program')
  })
})
