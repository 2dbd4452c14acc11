#!/usr/bin/env node
// Draws the pictures that the README shows, room.png and platforms.png: node scripts/room-picture.mjs [FOLDER]
//
// A bot and its simulated server are started on free ports with an empty store; Chromium types into their page.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import './install-test-packages.mjs'

const { chromium } = createRequire(new URL('../test/', import.meta.url))('playwright-core')

const [folder = 'docs/images'] = process.argv.slice(2)
const lines = ['/deplyo', '/deploy status']
const paths = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium']

const executablePath = [process.env['CHROMIUM'] ?? '', ...paths].find((path) => path !== '' && existsSync(path))
if (!executablePath) {
  console.error('Chromium is missing; install it with: apt-get install chromium, or set CHROMIUM to its path')
  process.exit(1)
}

const dataDir = mkdtempSync(join(tmpdir(), 'slashroom-picture-'))
const [port, simulatorPort] = await freePorts(2)
const bot = spawn(process.execPath, ['scripts/slashroom.cjs', 'dev'], {
  env: {
    ...process.env,
    ...{ PORT: port, SIMULATOR_PORT: simulatorPort, STORE_URL: `file:${dataDir}`, LOG_LEVEL: 'error' },
    BASE_URL: undefined, // a test runner sets its own
  },
  stdio: ['ignore', 'pipe', 'inherit'],
})
const exited = new Promise((resolve) => bot.once('exit', resolve))
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
try {
  await listening(bot)
  await draw(await browser.newPage({ viewport: { width: 960, height: 720 }, deviceScaleFactor: 1.5 }))
} finally {
  await browser.close()
  bot.kill('SIGTERM')
  await exited
  rmSync(dataDir, { recursive: true, force: true })
}

/** Types the lines and takes the pictures once they are answered. */
async function draw(page) {
  await page.goto(`http://localhost:${simulatorPort}/`)
  await page.locator('#room', { hasText: /\w/ }).waitFor()
  for (const [index, line] of lines.entries()) {
    await page.keyboard.type(line)
    await page.keyboard.press('Enter')
    await page.locator('.notification').nth(index).waitFor()
  }
  await page.screenshot({ path: join(folder, 'room.png') })
  await drawPlatforms(page)
}

/** Takes the picture of the last answer on the first six platforms. */
async function drawPlatforms(page) {
  await page.setViewportSize({ width: 1200, height: 1280 })
  await page.locator('.compare').last().click()
  await page.locator('.preview').last().waitFor()
  const { x, y, width } = await page.locator('#previews').boundingBox()
  const rows = await Promise.all((await page.locator('.preview').all()).slice(0, 6).map((one) => one.boundingBox()))
  const height = Math.max(...rows.map((box) => box.y + box.height)) + 16 - y
  await page.screenshot({ path: join(folder, 'platforms.png'), clip: { x, y, width, height } })
}

/** Resolves when the page's address is printed. */
function listening(child) {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (output.includes(`:${simulatorPort}`)) resolve()
    })
    exited.then(() => reject(new Error(`the bot exited with ${child.exitCode}`)))
  })
}

/** Reserves all ports before releasing any, so that they differ. */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => String(server.address().port))
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
