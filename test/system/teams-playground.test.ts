import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findBrowser, openBrowser } from '../fixtures/chromium.js'
import { end, makeNetworkNamespace, type NetworkNamespace, untilAnswered } from '../fixtures/network-namespace.js'
import { build, slashroom } from '../fixtures/slashroom.js'

const [botUrl, playgroundUrl] = ['http://127.0.0.1:3978', 'http://127.0.0.1:56150']

/** Microsoft's playground listens on all interfaces, so that it has a network of its own, in which bot and browser are too. */
describe('Microsoft’s playground of Teams', () => {
  let folder: string
  let network: NetworkNamespace
  let browser: Browser
  let page: Page
  const children: ChildProcess[] = []

  function start(args: readonly string[], env: NodeJS.ProcessEnv): void {
    const [program, all] = network.inside(process.execPath, args)
    children.push(spawn(program, all, { env: { ...process.env, ...env }, stdio: 'ignore' }))
  }

  beforeAll(async () => {
    build()
    folder = await mkdtemp(join(tmpdir(), 'slashroom-playground-'))
    network = await makeNetworkNamespace()
    start([slashroom, 'start'], {
      ...{ TEAMS_ALLOW_UNSIGNED: 'yes', BASE_URL: 'http://localhost:3978', HOST: '127.0.0.1', PORT: '3978' },
      ...{ STORE_URL: 'memory:', LOG_LEVEL: 'error', DEPLOY_FILE: undefined },
    })
    const playground = dirname(createRequire(import.meta.url).resolve('@microsoft/m365agentsplayground/package.json'))
    const options = ['-e', `${botUrl}/teams/messages`, '-c', 'msteams', '-p', '56150', '--dt']
    start([join(playground, 'cli.js'), 'start', ...options], {
      TEAMSAPPTESTER_BROWSER: 'none', // it would end where there is none to open
      TEAMSAPPTESTER_LOGFILE: join(folder, 'playground.log'),
    })
    await untilAnswered(network, `${botUrl}/readyz`)
    await untilAnswered(network, `${playgroundUrl}/_internal/v1/config`)

    const [program, args] = network.inside(findBrowser())
    const wrapper = join(folder, 'chromium')
    await writeFile(wrapper, `#!/bin/sh\nexec ${[program, ...args].join(' ')} "$@"\n`)
    await chmod(wrapper, 0o755)
    browser = await openBrowser(wrapper)
    page = await browser.newPage({ viewport: { width: 1_280, height: 900 } })
    page.setDefaultTimeout(60_000)
    await page.goto(playgroundUrl)
  })

  afterAll(async () => {
    await browser?.close()
    for (const child of children) await end(child)
    await network?.close()
    if (folder) await rm(folder, { recursive: true, force: true })
  })

  async function type(line: string): Promise<void> {
    await page.getByRole('textbox').first().click()
    await page.keyboard.insertText(line)
    await page.keyboard.press('Enter')
  }

  const shows = (text: string | RegExp) => page.getByText(text).last().waitFor()

  it('answers what is typed with a card, and what its button types for who pressed it', async () => {
    await type('deploy status')
    await shows('website 1.0.0 runs on staging')
    await page.getByRole('button', { name: 'History' }).click()
    await shows('The last 1 deployment of website on staging:')
  })

  it('asks before it brings a version back, and does once the button says yes', async () => {
    await type('/deploy start website 1.1.0 --env staging')
    await shows('website 1.1.0 is on staging')
    await type('/deploy rollback website --env staging')
    await shows('Restore the last good version?')
    await page.getByRole('button', { name: 'Yes' }).click()
    await shows('website 1.0.0 is back on staging')
    await page.screenshot({ path: process.env['PLAYGROUND_SCREENSHOT'] ?? join(folder, 'screenshot.png') })
  })

  it('answers in a channel where it is called by its name, the caller alone too', async () => {
    await call('roll 2d6')
    await shows(/message 201.* Alex Wilber threw /) // in its log: posts that another program made have no place on the page
    await call('help roll')
    await shows(/message 201.*\/roll /)
  })

  /** Calls the bot by its name in the team's first channel, as the page does once somebody chose it from a list. */
  async function call(line: string): Promise<void> {
    const status = await page.evaluate(async (text) => {
      const answer = await fetch('/_internal/v1/config')
      const { config } = (await answer.json()) as { config: { bot: { id: string; name: string }; currentUser: object } }
      const mentioned = config.bot
      const tag = `<at>${mentioned.name}</at>`
      const mentions = [{ type: 'mention', text: tag, mentioned }]
      const body = JSON.stringify({
        type: 'text',
        textFormat: 'plain',
        text: `${tag} ${text}`,
        from: config.currentUser,
        mentions,
      })
      const headers = { 'content-type': 'application/json' }
      const sent = await fetch('/_conversation/v1/conversations/team-id/messages', { method: 'POST', headers, body })
      return `${sent.status} ${await sent.text()}`
    }, line)
    expect(status).toMatch(/^200 /)
  }
})
