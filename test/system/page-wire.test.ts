import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'
import { openBrowser } from '../fixtures/chromium.js'
import { type Answers, type Credentials, descriptor, openAddon, tokenFor } from '../simulator/far-side.js'

let browser: Browser
let simulator: Simulator
let addon: Awaited<ReturnType<typeof openAddon>>
let onWebhook: Answers
let page: Page
let complaints: string[]

beforeAll(async () => {
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
})

beforeEach(async () => {
  onWebhook = { status: 204 }
  addon = await openAddon((got, url) => {
    if (got.path === '/descriptor.json') return { body: JSON.stringify(descriptor(url)) }
    return got.path === '/webhook' ? onWebhook : {}
  })
  simulator = createSimulator({ port: 0 })
  await simulator.listen()
  await simulator.install(`${addon.url}/descriptor.json`)
})

afterEach(async () => {
  await page?.context().close()
  await simulator.close()
  await addon.close()
})

const wide = { viewport: { width: 1280, height: 800 } }
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true }

async function open(options: BrowserContextOptions = wide): Promise<Page> {
  const context = await browser.newContext({ ...options, permissions: ['clipboard-read', 'clipboard-write'] })
  const opened = await context.newPage()
  complaints = []
  opened.on('pageerror', (error) => complaints.push(String(error)))
  opened.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
  await opened.goto(simulator.url)
  await opened.locator('#room', { hasText: /\w/ }).waitFor()
  return opened
}

async function say(text: string) {
  const { entry, deliveries } = await simulator.say('Deployments', 'alice', text)
  const id = deliveries[0]?.id ?? ''
  const [webhook] = simulator.wire(id)?.steps ?? []
  const authorization = webhook?.kind === 'webhook' ? (webhook.exchange.headers['Authorization'] ?? '') : ''
  return { entry, id, authorization }
}

async function notify(body: object): Promise<number> {
  const credentials = JSON.parse(addon.posts('/installed').at(-1)?.body ?? '') as Credentials
  const answer = await fetch(`${simulator.url}/v2/room/Deployments/notification`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${await tokenFor(credentials)}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  await answer.text()
  return answer.status
}

/** Opens the wire of the only message. */
async function openWire(options?: BrowserContextOptions): Promise<void> {
  page = await open(options)
  await page.locator('.mark').click()
  await page.locator('.step').first().waitFor()
}

const focused = () => page.evaluate<string>('document.activeElement.id || document.activeElement.dataset.delivery')
const heads = () => page.locator('.step-head').allTextContents()

/** What a program that judges pages finds, of some weight; the page's own policy lets no script of others in. */
async function findings(): Promise<readonly string[]> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
  const { violations } = await page.evaluate<{ violations: { id: string; impact: string }[] }>('axe.run()')
  return violations.filter(({ impact }) => /serious|critical/.test(impact)).map(({ id }) => id)
}

describe('the wire', () => {
  it('leaves the newest line of the room in sight when it opens beside it', async () => {
    for (let count = 0; count < 8; count++) await notify({ message: 'as long as several lines '.repeat(20) })
    await say('/echo hello')
    page = await open()
    await page.locator('.mark').click()
    await page.locator('.step').first().waitFor()
    const hidden = 'document.querySelector("#log").scrollHeight - document.querySelector("#log").clientHeight'
    await expect.poll(() => page.evaluate(`${hidden} - document.querySelector("#log").scrollTop`)).toBeLessThan(2)
  })

  it('opens from the mark beside a line and closes, with the keyboard alone', async () => {
    const { id } = await say('/echo hello')
    page = await open()
    await page.locator('#log').focus()
    await page.keyboard.press('Tab')
    expect(await focused()).toBe(id)
    await page.keyboard.press('Enter')
    await page.locator('.step', { hasText: 'Webhook' }).waitFor()
    expect(await page.locator('#wire-line').textContent()).toBe('/echo hello')
    expect(await focused()).toBe('wire-close')
    await page.keyboard.press('Escape')
    await expect.poll(() => page.locator('#wire').isVisible()).toBe(false)
    expect(await focused()).toBe(id)
    expect(complaints).toEqual([])
  })

  it('shows the webhook, its token and the answer, then what the add-on did, as it happens', async () => {
    onWebhook = { status: 202, body: '{"odd":"answer"}', headers: { 'X-Add-On': 'mine' } }
    const { entry, authorization } = await say('/echo it’s "quoted"')
    await openWire()
    simulator.annotate(authorization, { step: 'parsed', text: 'Parsed as /echo', detail: '{ "times": 2 }' })
    simulator.annotate(authorization, { step: 'sending', text: 'Delivers a reply' })
    simulator.faults.add({ target: 'notification', kind: 'status', status: 429, count: 1 })
    expect(await notify({ message: 'One', attach_to: entry.id })).toBe(429)
    expect(await notify({ message: 'One', attach_to: entry.id })).toBe(204)
    await expect
      .poll(heads)
      .toEqual(
        [
          /Webhook.*202 in \d+ ms/,
          /Parsed as \/echo/,
          /Delivers a reply/,
          /Access token.*200/,
          /Notification.*429/,
          /Access token.*200/,
          /Notification.*204/,
        ].map((line) => expect.stringMatching(line)),
      )
    expect(await page.locator('.step .fault').textContent()).toBe('On purpose: notifications answered 429')
    const webhook = page.locator('.step.webhook')
    expect(await webhook.locator('dt', { hasText: 'iss' }).count()).toBe(1)
    await webhook.getByText('Request', { exact: true }).click()
    expect(JSON.parse((await webhook.locator('pre').first().textContent()) ?? '').item.message.message).toBe(
      '/echo it’s "quoted"',
    )
    await webhook.getByText('Answer', { exact: true }).click()
    expect(await webhook.locator('dd', { hasText: 'mine' }).count()).toBe(1)
    // What was opened stays open when more comes.
    simulator.annotate(authorization, { step: 'ended', text: 'Ended: done' })
    await page.locator('.step', { hasText: 'Ended: done' }).waitFor()
    expect(await webhook.locator('pre').first().isVisible()).toBe(true)
    const { oauthSecret } = JSON.parse(addon.posts('/installed').at(-1)?.body ?? '') as Credentials
    expect(await page.content()).not.toContain(oauthSecret)
  })

  it('copies a line for a shell that sends the same request', async () => {
    await say('/echo it\'s $HOME `id` \\ "x" \u{1F600}')
    await openWire()
    await page.locator('#wire-copy').click()
    await page.locator('#wire-note', { hasText: 'Copied.' }).waitFor()
    const line = await page.evaluate<string>('navigator.clipboard.readText()')
    const { stdout } = await promisify(execFile)('sh', ['-c', line])
    expect(stdout).toMatch(/^HTTP\/1\.1 204/)
    const [sent, copied] = addon.posts('/webhook')
    expect(copied?.body).toBe(sent?.body)
    expect(copied?.headers['authorization']).toBe(sent?.headers['authorization'])
    expect(copied?.headers['content-type']).toBe('application/json')
  })

  it('sends a request again, and says what was made of it', async () => {
    const { authorization } = await say('/echo')
    await openWire()
    onWebhook = { status: 401 }
    await page.locator('#wire-again').click()
    await page.locator('#wire-note', { hasText: /^Sent again: 401 in \d+ ms\.$/ }).waitFor()
    simulator.annotate(authorization, { step: 'repeated', text: 'The same message as before: it is not run again' })
    await page.locator('#wire-note', { hasText: 'ms. The same message as before: it is not run again.' }).waitFor()
    await expect.poll(heads).toHaveLength(3)
  })

  it('says so where it is not kept any more', async () => {
    const { id } = await say('/echo')
    page = await open()
    await page.route('**/wire', (route) => route.continue({ url: `${simulator.url}/simulator/deliveries/none/wire` }))
    await page.locator(`[data-delivery="${id}"]`).click()
    await page.locator('#wire-note', { hasText: 'is not kept any more' }).waitFor()
    expect(await page.locator('#wire-copy').isDisabled()).toBe(true)
  })

  it('can be opened of a webhook that failed too', async () => {
    onWebhook = { status: 500, body: '{"title":"Broken"}' }
    await say('/echo')
    await openWire()
    expect(await heads()).toEqual([expect.stringMatching(/Webhook.*500 in/)])
  })

  it('stands beside what the error of a command says in the room, with its stack', async () => {
    const { authorization } = await say('/echo')
    page = await open()
    const stack = 'Error: <b>boom</b>\n    at run (/bot/commands/boom.ts:3:7)'
    const failure = { summary: 'Error: <b>boom</b>', where: 'commands/boom.ts:3', stack }
    simulator.annotate(authorization, { step: 'failed', text: 'Log, error: command failed', detail: stack, failure })
    const line = page.locator('.message .failure summary')
    await line.waitFor()
    expect(await line.textContent()).toBe('Error: <b>boom</b>commands/boom.ts:3')
    await line.press('Enter')
    expect(await page.locator('.failure pre').textContent()).toBe(stack)
    await page.reload()
    await line.waitFor()
  })

  it.each([
    ['wide, light', wide],
    ['wide, dark', { ...wide, colorScheme: 'dark' as const }],
    ['on a phone', phone],
  ])('is within the screen, and for everybody: %s', async (_, options) => {
    const { entry, authorization } = await say(`/echo ${'x'.repeat(3_000)}`)
    await notify({ message: 'x'.repeat(2_000), attach_to: entry.id })
    const failure = { summary: 'x'.repeat(300), where: 'commands/boom.ts:3', stack: 'x'.repeat(3_000) }
    simulator.annotate(authorization, { step: 'failed', text: 'x'.repeat(400), detail: 'x'.repeat(3_000), failure })
    simulator.faults.add({ target: 'any', kind: 'reset' })
    await openWire({ ...options, bypassCSP: true })
    for (const fold of await page.locator('#wire-steps summary').all()) await fold.press('Enter')
    const { width } = options.viewport
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    expect(await page.evaluate('document.getElementById("wire").getBoundingClientRect().right')).toBe(width)
    expect(await page.evaluate('document.getElementById("wire-steps").scrollWidth')).toBeLessThanOrEqual(
      await page.evaluate<number>('document.getElementById("wire-steps").clientWidth'),
    )
    expect(await findings()).toEqual([])
    await page.keyboard.press('Escape')
    await page.locator('#make-faults').press('Enter')
    expect(await page.evaluate('document.getElementById("faults").scrollWidth <= innerWidth - 32')).toBe(true)
    expect(await findings()).toEqual([])
    await page.keyboard.press('Escape')
    expect(await findings()).toEqual([])
  })
})

describe('faults', () => {
  const kinds = () => simulator.faults.list().map(({ target, kind }) => `${target} ${kind}`)

  it('are switched on and off with the keyboard alone, and seen in every window', async () => {
    page = await open()
    const other = await open()
    await page.locator('#make-faults').press('Enter')
    await page.keyboard.press('Tab')
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key)
    await expect.poll(kinds).toEqual(['notification delay'])
    await page.keyboard.press('Tab')
    await page.keyboard.press('ArrowDown')
    await expect.poll(kinds).toEqual(['notification delay', 'delivery duplicate'])
    await page.keyboard.press('Escape')
    const words = 'On purpose: notifications answered 3 s late; webhooks sent twice.'
    for (const window of [page, other]) await window.locator('#faults-words', { hasText: words }).waitFor()
    await other.close()
    await page.locator('#faults-off').press('Enter')
    await expect.poll(kinds).toEqual([])
    await page.locator('#faults-on').waitFor({ state: 'hidden' })
    expect(await focused()).toBe('text')
    await page.locator('#make-faults').press('Enter')
    expect(await page.evaluate("[...document.querySelectorAll('#faults :checked')].map(({ value }) => value)")).toEqual(
      ['notification', '0', '0'],
    )
  })

  it('strike what was chosen: a webhook comes twice, by another clock, or not; an answer is broken off', async () => {
    page = await open()
    await page.locator('#make-faults').click()
    await page.getByLabel('Each twice').check()
    await expect.poll(kinds).toEqual(['delivery duplicate'])
    await say('/echo twice')
    expect(addon.posts('/webhook')).toHaveLength(2)
    await page.getByLabel('an hour behind').check()
    await expect.poll(kinds).toEqual(['delivery clock'])
    await page.getByLabel('Connection reset').check()
    await expect.poll(kinds).toEqual(['delivery clock', 'notification reset'])
    await expect(notify({ message: 'x' })).rejects.toThrow()
    await page.locator('#fault-target').selectOption('any')
    await expect.poll(kinds).toEqual(['delivery clock', 'any reset'])
    await page.locator('#fault-answers').getByLabel('As usual').check()
    await expect.poll(kinds).toEqual(['delivery clock'])
    expect(await notify({ message: 'x' })).toBe(204)
  })

  it('that a script set are told of, and go as they are used up', async () => {
    page = await open()
    simulator.faults.add({ target: 'notification', kind: 'status', status: 503, count: 1 })
    await page.locator('#faults-words', { hasText: 'notifications answered 503, once more' }).waitFor()
    expect(await notify({ message: 'x' })).toBe(503)
    await page.locator('#faults-on').waitFor({ state: 'hidden' })
  })
})
