// biome-ignore-all lint/suspicious/noTemplateCurlyInString: deploy.yaml's own placeholders

import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { textOf } from '../text.js'
import { deployFolder, deployRoom } from './service.js'

const folder = deployFolder()

describe('a shell step', () => {
  it('is told service, environment and version by variables, in its own folder', async () => {
    folder.writeSteps({ name: 'Write', shell: 'echo "$DEPLOY_SERVICE $DEPLOY_ENV $DEPLOY_VERSION" | tee told' })
    const replies = await deployRoom().type('/deploy start web 1.2.3')
    expect(readFileSync(folder.path('told'), 'utf8')).toBe('web prod 1.2.3\n')
    expect(textOf(replies.slice(-1))).toMatch(/and 1 step\.\nWrite: exit code 0, .* s · web prod 1\.2\.3$/)
  })

  it.each(['$(touch gone)', '`id`', '1.0;ls', '-rf', '../../etc', 'a/b', '1..2', 'x'.repeat(65)])(
    'never sees a version such as %s',
    async (version) => {
      folder.writeSteps({ name: 'Write', shell: 'touch ran' })
      const replies = await deployRoom().type(`/deploy start web "${version}"`)
      expect(replies).toMatchObject([{ audience: 'caller' }])
      expect(() => readFileSync(folder.path('ran'))).toThrow(/ENOENT/)
    },
  )

  it('gets of the bot’s environment only what is passed on, whose value is not shown', async () => {
    vi.stubEnv('SECRET_KEY', 'the-bots-own-secret')
    vi.stubEnv('REGISTRY_TOKEN', 'registry-secret')
    folder.writeSteps({ name: 'Tell', shell: 'echo "[$SECRET_KEY] [$REGISTRY_TOKEN]"', pass: ['REGISTRY_TOKEN'] })
    expect(textOf(await deployRoom().type('/deploy start web 1'))).toContain('[] [•••]')
  })

  it('is not begun when a variable that it needs is not set', async () => {
    folder.writeSteps({ name: 'One', shell: 'touch ran' }, { name: 'Two', shell: 'true', pass: ['NOT_SET_HERE'] })
    const room = deployRoom()
    expect(textOf(await room.type('/deploy start web 1'))).toBe(
      'Nothing was started: the bot’s environment lacks NOT_SET_HERE.',
    )
    expect(() => readFileSync(folder.path('ran'))).toThrow(/ENOENT/)
  })

  it('ends the deployment by its exit code, and shows the end of its output', async () => {
    folder.writeSteps(
      { name: 'Migrate', shell: 'seq 1 200000; printf "\\033[31mno such table\\033[0m\\n" >&2; exit 3' },
      { name: 'Switch', shell: 'touch ran' },
    )
    const room = deployRoom()
    const replies = await room.type('/deploy start web 2')
    expect(replies.at(-1)).toMatchObject({ tone: 'bad' })
    const text = textOf(replies.slice(-1))
    expect(text).toMatch(
      /^web 2 on prod failed at Migrate: exit code 3, after .* s\.\nThe end of its output:\n(\d+\n){9}no such table$/,
    )
    expect(() => readFileSync(folder.path('ran'))).toThrow(/ENOENT/)
    expect(textOf(await room.type('/deploy status'))).toContain('2 failed at Migrate just now.')
    expect(textOf(await room.type('/deploy history'))).toContain('2 · failed at Migrate just now by Ana')
  })

  it('is ended with all its children when it takes too long', async () => {
    folder.writeSteps({ name: 'Hang', shell: 'sleep 60 & echo $! > child; wait', timeout: '3s' })
    expect(textOf(await deployRoom().type('/deploy start web 1'))).toContain('failed at Hang: no end after 3.0 s')
    await expect.poll(() => isAlive(readFileSync(folder.path('child'), 'utf8'))).toBe(false)
  })

  it('is ended with all its children when the command is aborted, and the target is free again', async () => {
    folder.writeSteps({ name: 'Hang', shell: 'test "$DEPLOY_VERSION" = 2 && exit; sleep 60 & echo $! > child; wait' })
    const room = deployRoom()
    const running = room.type('/deploy start web 1')
    const child = await vi.waitUntil(() => read(folder.path('child')), 30_000)
    room.stop()
    expect(textOf((await running).slice(-1))).toContain('was interrupted')
    await expect.poll(() => isAlive(child)).toBe(false)
    const after = deployRoom(room.store)
    expect(textOf(await after.type('/deploy history'))).toContain('1 · stopped at Hang')
    expect(textOf(await after.type('/deploy start web 2'))).toContain('web 2 is on prod')
  })

  it('does not hold the deployment up by what it leaves running', async () => {
    folder.writeSteps({ name: 'Daemon', shell: 'sleep 120 & echo $! > child; echo started' })
    expect(textOf(await deployRoom().type('/deploy start web 1'))).toContain('· started')
    const child = readFileSync(folder.path('child'), 'utf8')
    expect(isAlive(child)).toBe(true)
    process.kill(Number(child))
  })

  it('says so when its folder is not there', async () => {
    folder.writeSteps({ name: 'Build', shell: 'true', cwd: 'nowhere' })
    expect(textOf(await deployRoom().type('/deploy start web 1'))).toContain('failed at Build: ENOENT')
  })
})

describe('an HTTP step', () => {
  const open: Server[] = []
  afterEach(() => {
    for (const server of open.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })

  /** A server on this machine that gives one answer, and what it was sent. */
  async function serverThatAnswers(status: number, body: string) {
    const seen: { request: IncomingMessage; body: string }[] = []
    const server = createServer(async (request, response) => {
      let text = ''
      for await (const chunk of request) text += chunk
      seen.push({ request, body: text })
      if (status > 0) response.writeHead(status, { location: '/elsewhere' }).end(body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    open.push(server)
    return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
  }

  it('sends what the file says, with values and secrets in their places', async () => {
    vi.stubEnv('BALANCER_TOKEN', 'balancer-secret\n')
    const { seen, url } = await serverThatAnswers(202, 'switched for balancer-secret')
    folder.writeSteps({
      name: 'Switch',
      http: {
        method: 'PUT',
        url: `${url}/\${service}/\${env}?v=\${version}`,
        headers: { authorization: 'Bearer ${env:BALANCER_TOKEN}' },
        body: { version: '${version}', tags: ['${env}', 1] },
        expect: [200, 202],
      },
    })
    const said = textOf(await deployRoom().type('/deploy start web 1.0+b2'))
    expect(seen[0]?.request).toMatchObject({ method: 'PUT', url: '/web/prod?v=1.0%2Bb2' })
    expect(seen[0]?.request.headers).toMatchObject({
      authorization: 'Bearer balancer-secret',
      'content-type': 'application/json',
    })
    expect(JSON.parse(seen[0]?.body ?? '')).toEqual({ version: '1.0+b2', tags: ['prod', 1] })
    expect(said).toMatch(/Switch: status 202, .* · switched for •••$/)
    expect(said).not.toContain('balancer-secret')
  })

  it('ends the deployment with a status that is not expected', async () => {
    const { url } = await serverThatAnswers(200, 'fine')
    folder.writeSteps({ name: 'Switch', http: { url, expect: 204 } })
    expect(textOf(await deployRoom().type('/deploy start web 1'))).toMatch(
      /failed at Switch: status 200, .*\nThe end of its output:\nfine$/,
    )
  })

  it('follows no redirect', async () => {
    const { url, seen } = await serverThatAnswers(302, '')
    folder.writeSteps({ name: 'Switch', http: { url } })
    expect(textOf(await deployRoom().type('/deploy start web 1'))).toContain('status 302')
    expect(seen).toHaveLength(1)
  })

  it('is ended when it takes too long', async () => {
    const { url } = await serverThatAnswers(0, '')
    folder.writeSteps({ name: 'Wait', http: { url }, timeout: '1s' })
    expect(textOf(await deployRoom().type('/deploy start web 1'))).toContain('failed at Wait: no end after 1.0 s')
  })

  it('is ended in time though memory is tidied up meanwhile', async () => {
    const { url } = await serverThatAnswers(0, '')
    folder.writeSteps({ name: 'Wait', http: { url }, timeout: '1s' })
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const timer = setInterval(collect, 20)
    onTestFinished(() => clearInterval(timer))
    expect(textOf(await deployRoom().type('/deploy start web 1'))).toContain('failed at Wait: no end after 1.0 s')
  })

  it.each([
    ['http://127.0.0.1:1/', 'ECONNREFUSED|no answer'],
    ['${env:BALANCER_URL}', 'ERR_INVALID_URL'],
  ])('tells why there was no answer, and not from where: %s', async (url, why) => {
    vi.stubEnv('BALANCER_URL', 'no-address-but-secret')
    folder.writeSteps({ name: 'Switch', http: { url } })
    const said = textOf(await deployRoom().type('/deploy start web 1'))
    expect(said).toMatch(new RegExp(`failed at Switch: (${why})`))
    expect(said).not.toMatch(/secret|127/)
  })
})

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: string): boolean {
  try {
    return /^State:\s*[^Z\s]/m.test(readFileSync(`/proc/${pid.trim()}/status`, 'utf8'))
  } catch {
    return false
  }
}
