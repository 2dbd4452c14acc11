import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openBrowser } from '../fixtures/chromium.js'
import { openPlayground } from '../fixtures/playground.js'

let browser: Awaited<ReturnType<typeof openBrowser>>
let stage: Awaited<ReturnType<typeof openPlayground>>
let page: Page

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const
const everyPlatform = 'HipChat Slack Mattermost Discord Telegram Teams XMPP IRC'.split(' ')

beforeAll(async () => {
  browser = await openBrowser()
})

afterAll(async () => {
  await browser?.close()
})

beforeEach(async () => {
  stage = await openPlayground()
})

afterEach(async () => {
  await page?.context().close()
  await stage.close()
})

async function open(options: BrowserContextOptions = {}): Promise<Page> {
  page = await (await browser.newContext(options)).newPage()
  return await visit(page)
}

async function visit(tab: Page): Promise<Page> {
  await tab.goto(stage.simulator.url)
  await tab.locator('#room', { hasText: /\w/ }).waitFor()
  return tab
}

const box = () => page.inputValue('#text')
const offered = () => page.locator('#suggestions .typed').allTextContents()

describe('what is typed behind a slash', () => {
  it('is completed from the bot’s commands, its own before the built-in ones', async () => {
    await open()
    await page.keyboard.type('/')
    expect(await offered()).toEqual(['/deploy status', '/show', '/help'])
    expect(await page.locator('#suggestions .summary').first().textContent()).toBe('Shows what runs where')
    await page.keyboard.type('st')
    expect(await offered()).toEqual(['/deploy status'])
    await page.keyboard.press('Tab')
    expect(await box()).toBe('/deploy status ')
    expect(await page.locator('#usage code').textContent()).toBe('/deploy status [service]')
    expect(await page.evaluate('document.activeElement.id')).toBe('text')
  })

  it('offers options, choices, people and rooms, each where it may stand', async () => {
    await open()
    await page.keyboard.type('/demo ')
    expect(await offered()).toEqual([
      ...['card', 'html', 'whisper', 'file', 'long'],
      ...['--who <user>', '--where <room>', '--tone, -t <choice>', '--loud'],
    ])
    await page.keyboard.type('html --t')
    expect(await offered()).toEqual(['--tone, -t <choice>'])
    await page.keyboard.press('Tab')
    expect(await box()).toBe('/demo html --tone ')
    expect(await offered()).toEqual(['good', 'bad'])
    await page.keyboard.type('b')
    await page.keyboard.press('Tab')
    await page.keyboard.type('--who ')
    expect(await offered()).toContain('@bob')
    await page.keyboard.type('ca')
    await page.keyboard.press('Tab')
    await page.keyboard.type('--where=L')
    await page.keyboard.press('Tab')
    expect(await box()).toBe('/demo html --tone bad --who @carol --where=#Lounge ')
    expect(await offered()).toEqual(['--loud'])
  })

  it('is chosen with the arrow keys and Enter, or with a click; Escape and Enter leave it as it is', async () => {
    await open()
    const chosen = () => page.locator('[role=option][aria-selected=true]').allTextContents()
    const pointed = 'document.getElementById(document.activeElement.getAttribute("aria-activedescendant"))?.textContent'
    await page.keyboard.type('/')
    expect(await page.getAttribute('#text', 'aria-expanded')).toBe('true')
    expect(await chosen()).toEqual([])
    await page.keyboard.press('ArrowUp')
    expect(await chosen()).toEqual(['/helpLists the commands, or shows how to use one'])
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    expect(await page.evaluate(pointed)).toMatch(/^\/show/)
    await page.keyboard.press('Enter')
    expect(await box()).toBe('/show ')
    await page.locator('[role=option]', { hasText: 'whisper' }).click()
    expect(await box()).toBe('/show whisper ')
    await page.keyboard.press('Escape')
    expect(await page.getAttribute('#text', 'aria-expanded')).toBe('false')
    expect(await page.locator('#usage').isVisible()).toBe(false)
    await page.keyboard.press('Enter')
    await page.locator('.message', { hasText: '/show whisper' }).waitFor()
    await page.keyboard.type('/deploy st')
    await page.keyboard.press('Enter')
    await page.locator('.message .body').getByText('/deploy st', { exact: true }).waitFor()
  })

  it('leaves Tab alone where nothing is completed, and completes nothing in the midst of talk', async () => {
    await open()
    await page.keyboard.type('look at /sh')
    expect(await offered()).toEqual([])
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Send')
  })
})

describe('a card’s buttons', () => {
  it('fill the box, and say what HipChat makes of them', async () => {
    await open()
    await say('/show card')
    await page.locator('.card .press', { hasText: 'Status' }).click()
    expect(await box()).toBe('/deploy status web')
    expect(await page.locator('.card-buttons-note').textContent()).toContain('HipChat shows buttons as text')
    expect(await page.locator('.card .description').textContent()).toBe('Twelve commits by *four* people.')
    await page.keyboard.press('Enter')
    await page.locator('.notification', { hasText: 'web is up' }).waitFor()
  })
})

describe('the help', () => {
  it('stands in columns, below the name that it is for', async () => {
    await open()
    await say('/help')
    const body = page.locator('.notification .body')
    expect(await body.innerHTML()).toMatch(/^@alice<br><pre>/)
    const lines = ((await body.locator('pre').textContent()) ?? '').split('\n')
    expect(lines).toEqual([
      '/deploy status  Shows what runs where',
      '/show           Shows every kind of reply',
      '',
      '/help           Lists the commands, or shows how to use one',
    ])
  })
})

describe('the same reply side by side', () => {
  it('is opened with the keyboard, from what each platform would be sent', async () => {
    await open()
    await say('/show card')
    await page.locator('.compare').focus()
    await page.keyboard.press('Enter')
    await page.locator('.preview').first().waitFor()
    expect(await page.locator('.preview h3').allTextContents()).toEqual([...everyPlatform, 'Plain text'])
    expect(await notes('Slack')).toEqual(['Nothing is lost.'])
    expect(await notes('HipChat')).toEqual(['Buttons become lines of text, to be typed'])
    expect(await notes('IRC')).toContain('Fields become lines of text')
    expect(await notes('Plain text')).toContain('Drops the color')
    const slack = JSON.parse((await preview('Slack').locator('pre').textContent()) ?? '')
    expect(slack.attachments[0]).toMatchObject({ color: '#2eb67d', blocks: expect.any(Array) })
    expect(await preview('XMPP').locator('pre').textContent()).toMatch(/^<message to="[^"]+" type="groupchat"/)
    await page.keyboard.press('Escape')
    await expect.poll(() => page.evaluate('document.activeElement.className')).toBe('compare')
  })

  it('types for whoever presses a button in it', async () => {
    await open()
    await say('/show card')
    await page.locator('.compare').click()
    await preview('Discord').locator('.press', { hasText: 'Status' }).click()
    expect(await page.locator('#previews').isVisible()).toBe(false)
    expect(await box()).toBe('/deploy status web')
  })

  it('tells who would see a whisper, and how many messages a long text takes', async () => {
    await open()
    await say('/show whisper')
    await page.locator('.compare').click()
    expect(await notes('HipChat')).toEqual(['Everyone in the room sees it: private replies are not supported'])
    expect(await preview('Mattermost').locator('.aside').textContent()).toBe('Only the caller sees this')
    expect(await preview('Slack').locator('.part').textContent()).toBe('Only for you: *no* `marks` here.')
    await page.keyboard.press('Escape')
    await say('/show long')
    await page.locator('.compare').last().click()
    expect(await notes('Discord')).toContain('Takes 2 messages')
    expect(await preview('Discord').locator('.shown').count()).toBe(2)
  })

  it('is had of what a sender posts, too', async () => {
    await open()
    const { token } = stage.simulator.issueToken({ room: 'Deployments' })
    const answer = await fetch(`${stage.simulator.url}/v2/room/Deployments/notification`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ message: '<b>Build 7</b> broke', color: 'red' }),
    })
    expect(answer.status).toBe(204)
    await page.locator('.compare').click()
    expect(await preview('Telegram').locator('.part').textContent()).toContain('🔴 Build 7 broke')
    expect(await preview('Telegram').locator('b').textContent()).toBe('Build 7')
  })

  it.each([
    ['wide', { viewport: { width: 1180, height: 800 } }],
    ['a phone', phone],
  ])('fits the screen: %s', async (_, options) => {
    await open(options)
    await say('/show html')
    await page.locator('.compare').click()
    await page.locator('.preview').first().waitFor()
    for (const summary of await page.locator('.preview summary').all()) await summary.click()
    const width = options.viewport.width
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    expect(await page.evaluate('document.querySelector(".previews").scrollWidth')).toBeLessThanOrEqual(width)
    expect(
      await page.evaluate('document.getElementById("previews").getBoundingClientRect().right'),
    ).toBeLessThanOrEqual(width)
  })

  const preview = (service: string) => page.locator('.preview', { has: page.locator('h3', { hasText: service }) })

  async function notes(service: string): Promise<readonly string[]> {
    await preview(service).waitFor()
    return await preview(service).locator('.notes li').allTextContents()
  }
})

describe('tabs, marks and drafts', () => {
  it('lets two tabs be two people, also after a reload', async () => {
    await open()
    const other = await visit(await page.context().newPage())
    await other.selectOption('#me', { label: 'Bob Baker' })
    expect(await page.locator('#me').inputValue()).not.toBe(await other.locator('#me').inputValue())
    await Promise.all([page.reload(), other.reload()])
    await expect.poll(() => page.locator('#me option:checked').textContent()).toBe('Alice Archer')
    await expect.poll(() => other.locator('#me option:checked').textContent()).toBe('Bob Baker')
  })

  it('keeps what is unread over a reload, and what came while the page was closed', async () => {
    await open()
    await stage.simulator.say('Lounge', 'bob', 'anybody?')
    await expect.poll(() => page.title()).toBe('(1) Deployments · Acme')
    await page.goto('about:blank')
    await stage.simulator.say('Lounge', 'bob', 'hello?')
    await visit(page)
    await expect.poll(() => page.title()).toBe('(2) Deployments · Acme')
    expect(await page.locator('.room', { hasText: 'Lounge' }).locator('.count').textContent()).toBe('2 unread')
    await page.locator('.room', { hasText: 'Lounge' }).click()
    await expect.poll(() => page.title()).toBe('Lounge · Acme')
    await page.reload()
    await expect.poll(() => page.title()).toBe('Lounge · Acme')
  })

  it('marks no room for what is told to all of them', async () => {
    await open()
    stage.simulator.notice('roll.ts is broken')
    await page.locator('.notice', { hasText: 'roll.ts is broken' }).waitFor()
    expect(await page.title()).toBe('Deployments · Acme')
    expect(await page.locator('.count').count()).toBe(0)
  })

  it('keeps what was begun in each room, by each person, over a reload', async () => {
    await open()
    await page.keyboard.type('for deployments')
    await page.locator('.room', { hasText: 'Lounge' }).click()
    expect(await box()).toBe('')
    await page.keyboard.type('for the lounge')
    await page.selectOption('#me', { label: 'Bob Baker' })
    expect(await box()).toBe('')
    await page.selectOption('#me', { label: 'Alice Archer' })
    expect(await box()).toBe('for the lounge')
    await page.reload()
    await expect.poll(box).toBe('for the lounge')
    await page.locator('.room', { hasText: 'Deployments' }).click()
    expect(await box()).toBe('for deployments')
    await page.keyboard.press('Enter')
    await page.locator('.message', { hasText: 'for deployments' }).waitFor()
    await page.reload()
    await page.locator('.message', { hasText: 'for deployments' }).waitFor()
    expect(await box()).toBe('')
  })
})

describe('a phone whose keyboard covers the page', () => {
  it('keeps the box and the newest line in what is left in sight', async () => {
    page = await (await browser.newContext(phone)).newPage()
    // Safari makes the visual viewport smaller and leaves the page as it is.
    await page.addInitScript(`
      const real = window.visualViewport
      const shown = new EventTarget()
      let covered = 0
      Object.defineProperties(shown, {
        height: { get: () => real.height - covered }, scale: { get: () => 1 }, offsetTop: { get: () => 0 },
      })
      Object.defineProperty(window, 'visualViewport', { value: shown })
      window.coverBy = (height) => { covered = height; shown.dispatchEvent(new Event('resize')) }
    `)
    await visit(page)
    for (let line = 0; line < 30; line++) await stage.simulator.say('Deployments', 'bob', `line ${line}`)
    await page.locator('.message', { hasText: 'line 29' }).waitFor()
    await page.evaluate('coverBy(400)')
    await expect.poll(() => bottomOf('#composer')).toBeLessThanOrEqual(444)
    await expect.poll(() => bottomOf('#log .entry:last-child')).toBeLessThanOrEqual(444)
    await page.locator('#text').fill('/')
    await expect.poll(() => page.locator('#suggestions').isVisible()).toBe(true)
    expect(
      await page.evaluate('document.getElementById("completion").getBoundingClientRect().top'),
    ).toBeGreaterThanOrEqual(0)
    await page.evaluate('coverBy(0)')
    await expect.poll(() => bottomOf('#composer')).toBeGreaterThan(700)
  })

  const bottomOf = (selector: string) =>
    page.evaluate<number>(`document.querySelector('${selector}').getBoundingClientRect().bottom`)
})

describe('axe', () => {
  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

  it.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['on a phone', phone],
  ] as const)('finds nothing serious in the room, the list and the comparison: %s', async (_, options) => {
    await open({ ...options, bypassCSP: true })
    await say('/show card')
    await say('/help')
    expect(await serious()).toEqual([])
    await page.keyboard.type('/show ')
    await page.keyboard.press('ArrowDown')
    expect(await serious()).toEqual([])
    await page.keyboard.press('Escape')
    await page.locator('.compare').first().click()
    await page.locator('.preview').first().waitFor()
    await page.locator('.preview summary').first().click()
    expect(await serious()).toEqual([])
  })

  async function serious(): Promise<unknown> {
    await page.evaluate(axe)
    return await page.evaluate(`axe.run().then(({ violations }) => violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))`)
  }
})

/** Types a line, and waits for its answer. */
async function say(line: string): Promise<void> {
  const answers = page.locator('.notification')
  const before = await answers.count()
  await page.locator('#text').fill(line)
  await page.locator('#text').press('Escape')
  await page.locator('#text').press('Enter')
  await answers.nth(before).waitFor()
}
