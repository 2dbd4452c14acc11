import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compilers, tscOf } from '../fixtures/compiler.js'
import { build, runProgram } from '../fixtures/slashroom.js'

const bot = `
import { command, createBot, hook, type Platform, type PlatformFactory, platforms, say } from 'slashroom'
import { github } from 'slashroom/hooks'
import { notify } from 'slashroom/notify'
import { createSimulator } from 'slashroom/simulator'
import { testRoom } from 'slashroom/testing'
import { createPlatformDeps, platformContract } from 'slashroom/testing/platform'

const ping = command({ summary: 'Answers', run: () => say('pong') })
declare const rest: Omit<Platform, 'routes'>
const pager: PlatformFactory = () => ({
  ...rest,
  routes(router) {
    router.get('/pager/:id', (ctx) => {
      const id: string | undefined = ctx.params['id']
      ctx.body = { id, asked: ctx.query['asked'], agent: ctx.get('User-Agent') }
    })
  },
})
const mounted = createBot({ platforms: [...platforms, pager] })
const reloaded: Promise<{ readonly hooks: number }> = mounted.reload()
export const used = [github, hook, notify, createSimulator, testRoom(ping), createPlatformDeps, platformContract]
export default { middleware: mounted.middleware(), reloaded }
`

describe('the types of the package', () => {
  let folder = ''

  beforeAll(async () => {
    build()
    folder = await mkdtemp(join(tmpdir(), 'slashroom-types-'))
    const installed = join(folder, 'node_modules/slashroom')
    await mkdir(join(folder, 'node_modules/@types'), { recursive: true })
    // Copied: what a link leads to finds the types that are installed here, and no bot has.
    const filter = (path: string) => !/\.(c?js|map)$/.test(path)
    await cp('dist', join(installed, 'dist'), { recursive: true, filter })
    await cp('package.json', join(installed, 'package.json'))
    await symlink(resolve('node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await writeFile(join(folder, 'bot.ts'), bot)
  })

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it.each(compilers)('are whole without what the bot is built with, to %s', async (compiler) => {
    const options = [
      '--noEmit',
      '--strict',
      '--skipLibCheck',
      'false',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--types',
      'node',
    ]
    const { code, out } = await runProgram(process.execPath, [tscOf(compiler), ...options, 'bot.ts'], { cwd: folder })
    expect(out).toBe('')
    expect(code).toBe(0)
  })
})
