import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSimulator, type Simulator } from '../../src/simulator/hipchat.js'
import { seedState } from '../../src/simulator/world/seed.js'
import { openBrowser } from '../fixtures/chromium.js'
import { type Credentials, descriptor, openAddon, tokenFor } from '../simulator/far-side.js'

/** Each would say so if it ran, and ask a stranger for something if it could. */
const payloads = [
  '<img src="//stranger.example/a.png" onerror="ran()">',
  '"><script>ran()</script>',
  '\'"><svg/onload=ran()>',
  '</textarea></title></style></script><script src="//stranger.example/x.js"></script>',
  '"autofocus onfocus=ran() x="',
  "javascript:ran()//'",
  '&lt;img src=x onerror=ran()&gt;',
  '{{constructor.constructor("ran()")()}}',
  '<iframe src="javascript:parent.ran()"></iframe>',
  'https://x.example/"onmouseover="ran()',
  '<link rel="stylesheet" href="//stranger.example/x.css"><style>@import "//stranger.example/y.css"</style>',
  '\u2028<b onclick=ran()>\u2029',
]

/** How a line may begin that is shown in a way of its own, or that an add-on hears. */
const starts = ['', '/code ', '/deploy ', '', '/quote ']

/** What HTML may try besides; its pictures may come from anywhere, as HipChat's did, so none is among them. */
const documents = [
  ...payloads.slice(1),
  '<table background="//stranger.example/b"><tr><td background="//stranger.example/c">cell</td></tr></table>',
  '<span style="color: red; background: url(//stranger.example/d); width: url(//stranger.example/e)">styled</span>',
  '<img srcset="//stranger.example/f 1x" lowsrc="//stranger.example/g" style="list-style: url(//stranger.example/h)">',
  '<picture><source srcset="//stranger.example/i"></picture><video poster="//stranger.example/j"></video>',
  '<a href="javascript:ran()">press</a>',
  '<a href="https://x.example/" ping="//stranger.example/k" onclick="ran()">press</a>',
  '<input type="image" src="//stranger.example/l"><button formaction="javascript:ran()">press</button>',
  '<link rel="prefetch" href="//stranger.example/m"><meta http-equiv="refresh" content="0;url=//stranger.example/n">',
  '<p><style><!--</style><a title="--&gt;<img src=x onerror=ran()>">x</a></p>',
  '<form><math><mtext></form><form><mglyph><style></math><img src onerror=ran()>',
  '<svg></p><style><a id="</style><img src=x onerror=ran()>">',
]

describe('a room whose names and lines are all hostile', () => {
  let browser: Browser
  let simulator: Simulator
  let addon: Awaited<ReturnType<typeof openAddon>>
  let dir: string
  beforeAll(async () => {
    browser = await openBrowser()
    dir = mkdtempSync(join(tmpdir(), 'slashroom-hostile-'))
    writeFileSync(join(dir, 'state'), JSON.stringify(hostileState()))
    simulator = createSimulator({ port: 0, stateFile: join(dir, 'state') })
    await simulator.listen()
    const name = `Echo ${payloads[1]}`
    addon = await openAddon(({ path }, url) =>
      path === '/descriptor.json'
        ? { body: JSON.stringify({ ...descriptor(url, {}, webhookOf(url)), name }) }
        : { status: path === '/webhook' ? 500 : 200, body: payloads[0] ?? '' },
    )
    await simulator.install(`${addon.url}/descriptor.json`)
  })
  afterAll(async () => {
    await browser.close()
    await simulator.close()
    await addon.close()
    rmSync(dir, { recursive: true })
  })

  it.each([
    ['with the policy', false],
    ['without the policy, which is only the second net', true],
  ])('shows all of it as text, runs nothing, and asks nobody for anything, %s', async (_, bypassCSP) => {
    const { page, ran, strangers } = await open(bypassCSP)
    const { name = '' } = simulator.rooms()[0] ?? {}
    await expect.poll(() => page.locator('h1').textContent()).toBe(name)
    for (const [n, text] of payloads.entries()) await say(`${starts[n % starts.length]}${text}`)
    const headers = await headersOfAddon()
    for (const text of documents) await notify(text, headers)
    await setTopic(payloads.slice(0, 3).join(' '))
    simulator.notice(payloads.join(' '))
    annotateLast()
    const last = 'the last of them'
    await simulator.say(roomId(), simulator.people()[0]?.id ?? 0, last)
    await page.locator('.message', { hasText: last }).last().waitFor()
    await pressAll(page)
    await page.locator('#add').click()
    await page.locator('#install-cancel').click()
    await page.locator('#get-token').click()
    await page.locator('#token-close').click()
    const { id: fault } = simulator.faults.add({ target: 'notification', kind: 'reset' })
    await page.evaluate("[...document.querySelectorAll('.mark')].at(-1).click()")
    await page
      .locator('.step', { hasText: payloads[0] ?? '' })
      .first()
      .waitFor()
    expect(await page.locator('#wire-line').textContent()).toContain('ran()')
    expect(await page.locator('.failure', { hasText: '<svg/onload=ran()>' }).count()).toBeGreaterThan(0)
    simulator.faults.clear(fault)

    expect(await page.title()).toContain(payloads[0])
    expect(await page.locator('#me option').allTextContents()).toEqual(simulator.people().map((one) => one.name))
    expect(await page.locator('.addon-name').first().textContent()).toContain(payloads[1])
    expect(await page.locator('#log .body', { hasText: '<svg/onload=ran()>' }).count()).toBeGreaterThan(1)
    expect(await page.evaluate<string[]>(foreign)).toEqual([])
    expect(ran).toEqual([])
    expect(strangers).toEqual([])
    await page.context().close()
  })

  it('opens at an address that names no room', async () => {
    const { page } = await open(false, '/#%')
    await page.locator('#rooms button').first().waitFor()
    await page.context().close()
  })

  async function open(bypassCSP: boolean, path = '/') {
    const page = await (await browser.newContext({ bypassCSP })).newPage()
    const [ran, strangers]: [string[], string[]] = [[], []]
    await page.exposeFunction('ran', () => void ran.push('a script'))
    page.on('dialog', (dialog) => {
      ran.push(dialog.message())
      void dialog.dismiss()
    })
    page.on('pageerror', (error) => ran.push(String(error)))
    page.context().on('page', (other) => ran.push(`a window: ${other.url()}`))
    page.on('request', (request) => {
      if (new URL(request.url()).origin !== simulator.url) strangers.push(request.url())
    })
    await page.goto(simulator.url + path)
    return { page, ran, strangers }
  }

  /** What an add-on in this process tells of the latest webhook, all of it hostile. */
  function annotateLast(): void {
    const all = payloads.join(' ')
    const steps = simulator.deliveries().map(({ id }) => simulator.wire(id)?.steps[0])
    const webhook = steps.findLast((step) => step?.kind === 'webhook')
    if (webhook?.kind !== 'webhook') throw new Error('no webhook went out')
    const failure = { summary: all, where: all, stack: all }
    const note = { step: all, text: all, detail: all, failure }
    simulator.annotate(webhook.exchange.headers['Authorization'] ?? '', note)
  }

  const roomId = () => simulator.rooms()[0]?.id ?? 0
  const say = (text: string) => simulator.say(roomId(), simulator.people()[0]?.id ?? 0, text)

  async function headersOfAddon() {
    const credentials = JSON.parse(addon.posts('/installed').at(-1)?.body ?? '') as Credentials
    return { Authorization: `Bearer ${await tokenFor(credentials)}`, 'Content-Type': 'application/json' }
  }

  async function setTopic(topic: string): Promise<void> {
    const body = JSON.stringify({ room: roomId(), user: simulator.people()[0]?.id, topic })
    const headers = { 'Content-Type': 'application/json' }
    const { status } = await fetch(`${simulator.url}/simulator/topic`, { method: 'POST', headers, body })
    expect(status).toBe(201)
  }

  async function notify(html: string, headers: Readonly<Record<string, string>>): Promise<void> {
    const description = { format: 'html', value: html.slice(0, 900) }
    const label = html.slice(0, 50)
    const attributes = [{ label, value: { label, url: 'javascript:ran()', style: 'lozenge' } }]
    const card = { style: 'application', id: label, title: html, url: 'javascript:ran()', description, attributes }
    const active = { ...card, id: `${label} again`, activity: { html } }
    for (const body of [{ message: html }, { message: 'x', card }, { message: 'x', card: active }]) {
      const url = `${simulator.url}/v2/room/${roomId()}/notification`
      const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
      expect([answer.status, await answer.text()]).toEqual([204, ''])
    }
  }
})

/** Everybody and every room is called by all of them. */
function hostileState() {
  const state = seedState(Date.now())
  const all = payloads.join(' ')
  for (const [n, person] of state.people.entries()) person.name = `${n} ${all}`
  for (const [n, room] of state.rooms.entries()) Object.assign(room, { name: `${n} ${all}`, topic: all })
  return { ...state, group: { id: 1, name: all } }
}

function webhookOf(url: string) {
  return {
    url: `${url}/webhook?${encodeURIComponent(payloads[0] ?? '')}`,
    event: 'room_message',
    pattern: '^/deploy',
    authentication: 'jwt',
  }
}

/** Presses every link that leads nowhere, and every button of what was said. */
async function pressAll(page: Page): Promise<void> {
  await page.evaluate(`document.querySelectorAll('#log a:not([href]), #log button, #log summary, #log b, #log span')
    .forEach((one) => one.click())`)
}

/** What stands in the page and is not of the page: elements that run or load something, and attributes that do. */
const foreign = `Array.from(document.querySelectorAll('body *')).flatMap((node) => [
  ...(/^(SCRIPT|STYLE|IFRAME|OBJECT|EMBED|LINK|BASE|META|MATH|TEMPLATE|VIDEO|SOURCE|PICTURE)$/i.test(node.nodeName) ? [node.nodeName] : []),
  ...Array.from(node.attributes).filter(({ name, value }) =>
    name.startsWith('on') || /^(ping|srcset|background|poster|formaction|autofocus)$/.test(name) ||
    /^(href|src)$/.test(name) && !/^(https?:|mailto:|#|\\/icon\\.svg$)/.test(value),
  ).map(({ name, value }) => node.nodeName + ' ' + name + '=' + value),
])`
