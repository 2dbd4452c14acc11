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
  onWebhook = { body: JSON.stringify({ message: 'All is well', color: 'green', message_format: 'text' }) }
  addon = await openAddon((got, url) => {
    if (got.path === '/descriptor.json') return { body: JSON.stringify(descriptor(url, {}, listening(url))) }
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

function listening(url: string) {
  return { url: `${url}/webhook`, event: 'room_message', pattern: '^/deploy' }
}

async function open(options: BrowserContextOptions = {}, path = '/'): Promise<Page> {
  const context = await browser.newContext(options)
  page = await context.newPage()
  complaints = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()))
  await page.goto(simulator.url + path)
  await page.locator('#room', { hasText: /\w/ }).waitFor()
  return page
}

async function notify(body: object): Promise<void> {
  const credentials = JSON.parse(addon.posts('/installed').at(-1)?.body ?? '') as Credentials
  const answer = await fetch(`${simulator.url}/v2/room/Deployments/notification`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${await tokenFor(credentials)}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(answer.status).toBe(204)
}

describe('the room page', () => {
  it('answers /deploy status, typed and sent with the keyboard alone', async () => {
    const { keyboard } = await open()
    await keyboard.type('/deploy status')
    await keyboard.press('Enter')
    await page.locator('.notification[data-color=green]', { hasText: 'All is well' }).waitFor()
    expect(await page.locator('.message .body').allTextContents()).toEqual(['/deploy status'])
    expect(await page.locator('.message .deliveries').textContent()).toMatch(/^→ Echo · 200 in \d+ ms, answered$/)
    await keyboard.press('ArrowUp')
    expect(await page.inputValue('#text')).toBe('/deploy status')
    await keyboard.press('ArrowDown')
    expect(await page.inputValue('#text')).toBe('')
    expect(complaints).toEqual([])
  })

  it('starts a new line with Shift+Enter', async () => {
    const { keyboard } = await open()
    await keyboard.type('one')
    await keyboard.press('Shift+Enter')
    await keyboard.type('two')
    await keyboard.press('Enter')
    await page.locator('.message').waitFor()
    expect(simulator.history('Deployments')[0]?.text).toBe('one\ntwo')
  })

  it('can be walked through with Tab: skip link, person, rooms, messages, box', async () => {
    const { keyboard } = await open()
    await page.locator('.skip').focus()
    const stops: string[] = []
    for (let i = 0; i < 12; i++) {
      await keyboard.press('Tab')
      stops.push(await page.evaluate<string>('document.activeElement.id || document.activeElement.textContent'))
    }
    const wanted = ['me', '#Deployments', 'log', 'text'].map((stop) =>
      stops.findIndex((one) => one === stop || `#${one}` === stop),
    )
    expect(wanted.every((place) => place >= 0)).toBe(true)
    expect(wanted).toEqual(wanted.toSorted((a, b) => a - b))
    await page.locator('#rooms button', { hasText: 'Lounge' }).focus()
    await keyboard.press('Enter')
    await page.locator('h1', { hasText: 'Lounge' }).waitFor()
    expect(await page.evaluate('document.activeElement.id')).toBe('text')
  })

  it('lets people be somebody else, who sees only their own rooms', async () => {
    await open()
    await page.selectOption('#me', { label: 'Dana Diaz' })
    expect(await page.locator('#rooms button').count()).toBe(2)
    await page.fill('#text', 'hello')
    await page.keyboard.press('Enter')
    await page.locator('.message strong', { hasText: 'Dana Diaz' }).waitFor()
  })

  it('says in the room why there is no answer', async () => {
    await open()
    await page.fill('#text', '/nobody knows')
    await page.keyboard.press('Enter')
    await page.locator('.notice', { hasText: 'No add-on here listens to this line' }).waitFor()
    await addon.close()
    await page.fill('#text', '/deploy status')
    await page.keyboard.press('Enter')
    await page.locator('.notice', { hasText: 'Echo did not answer: connection refused.' }).waitFor()
  })

  it('counts in its title what came to other rooms', async () => {
    await open()
    await simulator.say('Lounge', 'bob', 'anybody?')
    await expect.poll(() => page.title()).toBe('(1) Deployments · Acme')
    await page.locator('#rooms button', { hasText: 'Lounge' }).click()
    await expect.poll(() => page.title()).toBe('Lounge · Acme')
  })

  it('shows cards with their attributes, and what a reply belongs to', async () => {
    await open()
    const { entry } = await simulator.say('Deployments', 'alice', 'who deployed?')
    const value = { label: 'running', style: 'lozenge-current' }
    const card = {
      style: 'application',
      id: '1',
      title: 'web 1.2',
      url: 'https://x.example/1',
      attributes: [{ label: 'Status', value }],
    }
    await notify({
      message: 'web',
      attach_to: entry.id,
      card: { ...card, description: { format: 'html', value: '<b>Bob</b>' } },
    })
    const shown = page.locator('.card')
    await shown.waitFor()
    expect(await shown.locator('a').getAttribute('href')).toBe('https://x.example/1')
    expect(await shown.locator('.lozenge-current').textContent()).toBe('running')
    expect(await shown.locator('.description b').textContent()).toBe('Bob')
    expect(await page.locator('.quoted').textContent()).toBe('Alice Archer who deployed?')
  })

  it('shows a card that comes again in the place of the first, then and later', async () => {
    await open()
    const progress = (id: string, title: string) =>
      notify({ message: title, card: { style: 'application', id, title, url: 'https://x.example/1' } })
    await progress('1', 'half')
    await progress('2', 'another')
    await progress('1', 'done')
    await page.locator('.card', { hasText: 'done' }).waitFor()
    expect(await page.locator('.card-title').allTextContents()).toEqual(['done', 'another'])
    await page.reload()
    await page.locator('.card', { hasText: 'done' }).waitFor()
    expect(await page.locator('.card-title').allTextContents()).toEqual(['done', 'another'])
  })

  it('lets each line run from its own side', async () => {
    await open()
    await notify({ message: 'שלום slashroom', message_format: 'text' })
    await page.locator('.notification .body').waitFor()
    // The first letter stands right of the last.
    const [first = 0, last = 0] = (await page.evaluate(`[0, 13].map((at) => {
      const range = document.createRange()
      const text = document.querySelector('.notification .body').firstChild
      range.setStart(text, at)
      range.setEnd(text, at + 1)
      return range.getBoundingClientRect().left
    })`)) as number[]
    expect(first).toBeGreaterThan(last)
  })

  it('offers lines in an empty room that somebody listens to', async () => {
    await open()
    expect(await page.locator('.tries button').allTextContents()).toEqual(['/deploy status'])
  })

  it('finds its way back after the server was away', async () => {
    await open()
    const { port } = new URL(simulator.url)
    await simulator.close()
    await page.locator('#connection', { hasText: 'Reconnecting' }).waitFor()
    simulator = createSimulator({ port: Number(port) })
    await simulator.listen()
    await page.locator('#connection').waitFor({ state: 'hidden' })
    await simulator.say('Deployments', 'bob', 'still here')
    await page.locator('.message', { hasText: 'still here' }).waitFor()
  })

  it('installs an add-on that the browser is led to', async () => {
    await open({}, `/addons/install?url=${encodeURIComponent(`${addon.url}/descriptor.json`)}&room=Lounge`)
    await page.locator('dialog[open]').waitFor()
    await page.keyboard.press('Enter')
    await page.locator('#addons li', { hasText: 'in Lounge' }).waitFor()
  })
})

describe('hostile HTML', () => {
  const payloads = [
    '<script>document.title = "broken"</script>',
    '<img src=x onerror="document.title = \'broken\'">',
    '<svg onload="document.title = \'broken\'"><script>document.title = "broken"</script></svg>',
    '<a href="javascript:document.title=\'broken\'">press</a>',
    '<a href=" jAvAsCrIpT:document.title=\'broken\'">press</a>',
    '<a href="java\nscript:document.title=\'broken\'">press</a>',
    '<a href="data:text/html,<script>alert(1)</script>">press</a>',
    '<iframe srcdoc="<script>parent.document.title=\'broken\'</script>"></iframe>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=document.title=\'broken\'&gt;">',
    '<form action="/simulator/reset" method="post"><button>press</button></form>',
    '<style>body { display: none }</style><link rel=stylesheet href=https://evil.example/x.css>',
    '<span style="position:fixed;inset:0;background:url(https://evil.example/x);color:red">cover</span>',
    '<b id=text name=text onclick="document.title=\'broken\'">clobber</b><p id="log">x</p>',
    '<template><img src=x onerror="document.title=\'broken\'"></template>',
    '<noscript><p title="</noscript><img src=x onerror=document.title=\'broken\'>"></noscript>',
    '<base href="https://evil.example/"><meta http-equiv=refresh content="0;url=https://evil.example/">',
    '<object data="data:text/html,x"></object><embed src="data:text/html,x"><video autoplay onplay=x><source onerror="document.title=\'broken\'"></video>',
    '<div>'.repeat(2000),
    '</article></section></main><h1>outside</h1>',
  ]

  it.each([
    ['with the policy', false],
    ['without the policy, which is only the second net', true],
  ])('does nothing but show its text, %s', async (_, bypassCSP) => {
    await open({ bypassCSP })
    for (const [index, message] of payloads.entries()) {
      await notify({ message })
      const card = {
        style: 'application',
        id: `${index} ${message.slice(0, 9)}`,
        title: message.slice(0, 500),
        url: 'javascript:alert(1)',
      }
      const html = message.slice(0, 900)
      const hostile = {
        ...card,
        icon: 'javascript:alert(1)',
        thumbnail: { url: 'data:text/html,x' },
        description: { format: 'html', value: html },
      }
      await notify({ message: 'x', card: hostile })
      await notify({ message: 'x', card: { ...hostile, id: `${index} again`, activity: { html } } })
    }
    const entries = page.locator('.notification')
    await expect.poll(() => entries.count()).toBe(payloads.length * 3)
    await page.evaluate('document.querySelectorAll("#log a:not([href])").forEach((link) => link.click())')
    expect(await page.title()).toBe('Deployments · Acme')
    const found = await page.evaluate<string[]>(`Array.from(document.querySelectorAll('#log *')).flatMap((node) => [
      ...(/^(SCRIPT|STYLE|IFRAME|OBJECT|EMBED|FORM|LINK|BASE|META|SVG|MATH|TEMPLATE|VIDEO|H1)$/i.test(node.nodeName) ? [node.nodeName] : []),
      ...Array.from(node.attributes).filter(({ name, value }) =>
        name.startsWith('on') || /^(href|src)$/.test(name) && !/^(https?:|mailto:|#entry-)/.test(value) ||
        name === 'style' && !/^(color: red;)$/.test(value) || name === 'id' && !value.startsWith('entry-'),
      ).map(({ name, value }) => name + '=' + value),
    ])`)
    expect(found).toEqual([])
    // What the policy stops in the parser's own document is told on the console; nothing else may be.
    const others = complaints.filter((line) => !/Failed to load resource|Content Security Policy/.test(line))
    expect(others).toEqual([])
  })

  it('that is allowed keeps its looks, and its links keep no hold on the page', async () => {
    await open()
    await notify({
      message:
        '<b>bold</b> <span style="color: red; position: fixed">red</span> <a href="https://x.example/">x</a><table><tr><td colspan="2">cell</td></tr></table>',
    })
    const body = page.locator('.notification .body')
    await body.waitFor()
    expect(await body.innerHTML()).toBe(
      '<b>bold</b> <span style="color: red;">red</span> <a href="https://x.example/" rel="noopener noreferrer nofollow" target="_blank">x</a><table><tbody><tr><td colspan="2">cell</td></tr></tbody></table>',
    )
  })
})

describe('the dialog for tokens', () => {
  it('makes one and copies it with the keyboard alone, on a narrow dark screen', async () => {
    await open({
      viewport: { width: 320, height: 480 },
      colorScheme: 'dark',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await page.locator('#get-token').press('Enter')
    expect(await focused()).toBe('token-owner')
    await pressUntil('Tab', 'Create token')
    await page.keyboard.press('Enter')
    const token = await page.locator('#token-text', { hasText: /^\w{40}$/ }).textContent()
    await pressUntil('Shift+Tab', 'Copy')
    await page.keyboard.press('Enter')
    await page.locator('#token-note', { hasText: 'Copied.' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(token)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
    expect(await page.evaluate('document.getElementById("token").scrollWidth <= innerWidth - 32')).toBe(true)
    const answer = await fetch(`${simulator.url}/v2/room`, { headers: { Authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
    await page.keyboard.press('Escape')
    await expect.poll(focused).toBe('get-token')
    expect(complaints).toEqual([])
  })

  it('shows no token beside somebody whose it is not', async () => {
    await open()
    await page.locator('#get-token').click()
    await page.getByRole('button', { name: 'Create token' }).click()
    await page.locator('#token-text', { hasText: /\w/ }).waitFor()
    await page.locator('#token-owner').selectOption({ label: 'Bob Baker' })
    expect(await page.locator('#token-text').textContent()).toBe('')
    expect(await page.locator('#token-copy').isVisible()).toBe(false)
  })

  const focused = () => page.evaluate<string>('document.activeElement.id')

  async function pressUntil(key: string, label: string): Promise<void> {
    for (let presses = 0; presses < 8; presses++) {
      if ((await page.evaluate('document.activeElement.textContent')) === label) return
      await page.keyboard.press(key)
    }
    throw new Error(`${key} never comes to ${label}`)
  }
})

describe('on a phone', () => {
  it('the newest line stays in sight when the keyboard takes half of the screen', async () => {
    await open({ viewport: { width: 360, height: 640 }, hasTouch: true })
    for (let line = 0; line < 40; line++) await simulator.say('Deployments', 'bob', `line ${line}`)
    const newest = page.locator('.message', { hasText: 'line 39' })
    await newest.waitFor()
    await page.setViewportSize({ width: 360, height: 340 })
    const below = `document.getElementById('log').scrollHeight - document.getElementById('log').clientHeight
      - document.getElementById('log').scrollTop`
    await expect.poll(() => page.evaluate(below)).toBeLessThan(2)
  })

  it('nothing is wider than the screen', async () => {
    await open({ viewport: { width: 360, height: 640 }, hasTouch: true })
    await notify({ message: `<pre>${'x'.repeat(400)}</pre><table><tr>${'<td>wide cell</td>'.repeat(20)}</tr></table>` })
    await notify({ message: 'w'.repeat(3000), message_format: 'text' })
    await simulator.say('Deployments', 'alice', `https://x.example/${'long'.repeat(100)}`)
    await page.locator('.message').waitFor()
    await page.evaluate('document.getElementById("connection").hidden = false')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360)
    // The header holds all that is in it, though nothing there can be scrolled to.
    expect(await page.evaluate('document.getElementById("me").getBoundingClientRect().right')).toBeLessThan(356)
    expect(
      await page.evaluate('document.getElementById("log").scrollWidth <= document.getElementById("log").clientWidth'),
    ).toBe(true)
  })
})
