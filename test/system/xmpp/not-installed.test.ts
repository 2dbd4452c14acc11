import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { build, runProgram, slashroom } from '../../fixtures/slashroom.js'

const root = dirname(dirname(dirname(slashroom)))

describe('a bot without the library for XMPP', () => {
  let dir: string
  beforeEach(() => {
    build()
    dir = mkdtempSync(join(tmpdir(), 'slashroom-without-'))
    for (const name of ['dist', 'package.json', 'descriptor.json'])
      cpSync(join(root, name), join(dir, name), { recursive: true })
    for (const name of ['node_modules', 'commands']) mkdirSync(join(dir, name))
    for (const name of readdirSync(join(root, 'node_modules'))) {
      if (name !== '@xmpp') symlinkSync(join(root, 'node_modules', name), join(dir, 'node_modules', name))
    }
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  const start = (env: NodeJS.ProcessEnv) =>
    runProgram(process.execPath, [join(dir, 'dist/cli/main.js'), 'start'], {
      cwd: dir,
      env: { STORE_URL: 'memory:', PORT: '0', ...env },
    })

  it('does not start with XMPP enabled, and says in one line what to install', async () => {
    const { code, err } = await start({ XMPP_JID: 'bot@chat.example', XMPP_PASSWORD: 'secret' })
    expect(code).toBe(1)
    expect(err.trim()).toBe('slashroom: XMPP_JID needs a library that is not installed: npm install @xmpp/client')
  })
})
