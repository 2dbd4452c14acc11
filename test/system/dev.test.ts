import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, unlink, writeFile } from 'node:fs/promises'
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

  async function get<Shape>(path: string): Promise<Shape> {
    return (await (await fetch(new URL(`/simulator/${path}`, page))).json()) as Shape
  }
  async function post(path: string, body: object): Promise<void> {
    const headers = { 'Content-Type': 'application/json' }
    const answer = await fetch(new URL(`/simulator/${path}`, page), {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    expect(answer.ok, await answer.text()).toBe(true)
  }
  /** What stands in the first room. */
  const entries = () => get<readonly Entry[]>('rooms/Deployments/history')
  const type = (text: string) => post('say', { room: 'Deployments', user: 'Alice', text })
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
    await expect.poll(notices).toContain(`${fault} (the last working version stays in use)`)
    await answers('/greet', 'Good morning')
    await expect.poll(() => said).toContain(fault.replaceAll('"', '\\"'))
    await save('greet.ts', greets('Hello again'))
    await answers('/greet', 'Hello again')
    await expect.poll(notices).toContain('commands/greet.ts is fixed.')
  })

  it('says what is broken to whoever types its name, and what is gone when it is', async () => {
    await save('torn.ts', 'export default {{')
    const fault = 'commands/torn.ts:1: Expected identifier but found "{"'
    await expect.poll(notices).toContain(fault)
    await type('/Torn  to pieces')
    expect((await notices()).at(-1)).toBe(`/torn is broken. ${fault}`)
    await unlink(join(folder, 'commands', 'torn.ts'))
    await expect.poll(notices).toContain('commands/torn.ts is gone.')
    await type('/torn')
    expect((await notices()).at(-1)).toMatch(/^No add-on here listens to this line/)
    await unlink(join(folder, 'commands', 'bye.ts'))
    await expect.poll(notices).toContain('commands/bye.ts is gone.')
  })

  /** The latest webhook, once the bot has ended its call as many times as told. */
  async function ended(text: string, times = 1): Promise<Delivery> {
    const message = await vi.waitUntil(async () => (await entries()).findLast((one) => one.text === text))
    const latest = async () =>
      (await get<readonly Delivery[]>('deliveries')).find(({ messageId }) => messageId === message.id)
    await expect.poll(async () => (await stepsOf(await latest())).filter((step) => step === 'ended').length).toBe(times)
    return (await latest()) as Delivery
  }
  const wireOf = (delivery?: Delivery) => get<Wire>(`deliveries/${delivery?.id}/wire`)
  /** Without requests: the token for an answer that misses its acknowledgement counts for the latest message. */
  const stepsOf = async (delivery?: Delivery) => {
    const steps = delivery ? (await wireOf(delivery)).steps : []
    return steps.filter(({ kind }) => kind !== 'request').map(({ kind, note }) => note?.step ?? kind)
  }

  it('tells what the bot did with a message, and that it does not run one again that comes again', async () => {
    await answers('/greet', 'Hello again')
    const delivery = await ended('/greet')
    const steps = ['webhook', 'verified', 'parsed', 'said', 'ran', 'ended']
    expect(await stepsOf(delivery)).toEqual(steps)
    await post(`deliveries/${delivery.id}/again`, {})
    expect(await stepsOf(delivery)).toEqual([...steps, 'webhook', 'verified', 'repeated'])
    await post('faults', { target: 'delivery', kind: 'clock', count: 1 })
    await type('/greet tomorrow')
    const [refused] = (await get<readonly Delivery[]>('deliveries')).slice(-1)
    await expect.poll(async () => (await wireOf(refused)).steps.at(-1)?.note?.text).toBe('Refused: not yet valid')
  })

  it('follows an answer through what it meets on its way', async () => {
    await save(
      'slow.ts',
      'export default { summary: "Waits", run: () => new Promise((go) => setTimeout(go, 500, "Late")) }\n',
    )
    await answers('/slow', 'Late')
    await post('faults', { target: 'notification', kind: 'status', status: 500 })
    await type('/slow')
    const { id: messageId } = (await entries()).findLast(({ text }) => text === '/slow') ?? {}
    const asked = async () => {
      const delivery = (await get<readonly Delivery[]>('deliveries')).find((one) => one.messageId === messageId)
      const { steps } = await wireOf(delivery)
      return steps.flatMap(({ kind, exchange }) => (kind === 'request' ? (exchange?.answer?.status ?? 0) : []))
    }
    await expect.poll(async () => (await asked()).length).toBeGreaterThan(1)
    expect(new Set(await asked())).toEqual(new Set([500]))
    await fetch(new URL('/simulator/faults', page), { method: 'DELETE' })
    await expect.poll(async () => (await asked()).at(-1)).toBe(204)
  })

  async function failsVisibly(line: string): Promise<void> {
    const last = async () => {
      await type(line)
      return (await entries()).at(-1)?.text
    }
    await expect.poll(last).toContain(`${line} failed`)
  }

  it('shows the stack of a command that throws, with its file and line', async () => {
    await save(
      'boom.ts',
      'interface Part { readonly name: string }\nexport default {\n  summary: "Throws",\n' +
        '  run({ log }) {\n    log.info({ part: 7 }, "looking")\n    throw new RangeError("no such part")\n  },\n}\n',
    )
    await failsVisibly('/boom')
    const delivery = await ended('/boom')
    expect(delivery.failure).toEqual({
      summary: 'RangeError: no such part',
      where: 'commands/boom.ts:6',
      stack: expect.stringMatching(/^RangeError: no such part\n {4}at run \(.*commands\/boom\.ts:6:\d+\)$/),
    })
    const { steps } = await wireOf(delivery)
    expect(steps.find(({ note }) => note?.step === 'log')?.note?.text).toBe('Log, info: looking')
  })

  it('ends with 0 at Ctrl-C, within seconds', async () => {
    child.kill('SIGINT')
    expect(await once(child, 'exit')).toEqual([0, null])
  })
})

interface Delivery {
  readonly id: string
  readonly messageId: string
  readonly failure?: object
}

interface Wire {
  readonly steps: readonly {
    readonly kind: string
    readonly note?: { readonly step: string; readonly text: string }
    readonly exchange?: { readonly answer?: { readonly status: number } }
  }[]
}

interface Entry {
  readonly id: string
  readonly kind: string
  readonly text: string
}
