import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../fixtures/free-port.js'
import { build, slashroom } from '../fixtures/slashroom.js'

describe('slashroom dev', () => {
  let folder = ''
  let child: ChildProcess
  let said = ''
  let page = ''

  const greets = (word: string) => `export default { summary: 'Greets', run: () => '${word}' }\n`
  const save = (name: string, text: string) => writeFile(join(folder, 'commands', name), text)

  beforeAll(async () => {
    build()
    folder = await mkdtemp(join(tmpdir(), 'slashroom-dev-'))
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await mkdir(join(folder, 'commands'))
    await save('greet.ts', greets('Hello'))
    const [port, simulatorPort] = [await freePort(), await freePort()]
    const env = { ...process.env, BASE_URL: '', PORT: `${port}`, SIMULATOR_PORT: `${simulatorPort}`, LOG_LEVEL: 'warn' }
    child = spawn(process.execPath, [slashroom, 'dev'], { cwd: folder, env })
    child.stdout?.on('data', (chunk) => {
      said += chunk
    })
    await vi.waitUntil(() => /Room page +\S+/.test(said), { timeout: 120_000 })
    page = /Room page +(\S+)/.exec(said)?.[1] ?? ''
  })

  afterAll(async () => {
    child.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  })

  /** What stands in the first room. */
  async function entries(): Promise<readonly Entry[]> {
    const { rooms } = (await (await fetch(new URL('/simulator/state', page))).json()) as {
      readonly rooms: readonly { readonly history: readonly Entry[] }[]
    }
    return rooms[0]?.history ?? []
  }
  async function type(text: string): Promise<void> {
    const headers = { 'Content-Type': 'application/json' }
    const body = JSON.stringify({ room: 'Deployments', user: 'Alice', text })
    const answer = await fetch(new URL('/simulator/say', page), { method: 'POST', headers, body })
    expect(answer.ok, await answer.text()).toBe(true)
  }
  /** Types the line until it is answered so, as somebody does who has just saved. */
  async function answers(line: string, answer: string): Promise<void> {
    const last = async () => {
      await type(line)
      return (await entries()).filter(({ kind }) => kind === 'notification').at(-1)?.text
    }
    await expect.poll(last, { message: answer }).toBe(answer)
  }
  const notices = async () => (await entries()).filter(({ kind }) => kind === 'notice').map(({ text }) => text)

  it('has the bot in a room, answering', async () => {
    await answers('/greet', 'Hello')
  })

  it('takes a file as it is saved, and one that is new', async () => {
    await save('greet.ts', greets('Good morning'))
    await answers('/greet', 'Good morning')
    await save('bye.ts', greets('Bye'))
    await answers('/bye', 'Bye')
  })

  it('keeps the last good version of a file that breaks, and says so in terminal and room, and when it is mended', async () => {
    await save('greet.ts', 'export default {{')
    const fault = 'commands/greet.ts:1: Expected identifier but found "{"'
    await expect.poll(notices).toContain(`${fault} (the last good version serves on)`)
    await answers('/greet', 'Good morning')
    await expect.poll(() => said).toContain(fault.replaceAll('"', '\\"'))
    await save('greet.ts', greets('Hello again'))
    await answers('/greet', 'Hello again')
    await expect.poll(notices).toContain('commands/greet.ts is mended.')
  })

  it('ends with 0 at Ctrl-C, within seconds', async () => {
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

interface Entry {
  readonly kind: string
  readonly text: string
}
