import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../src/logger.js'
import type { Logger } from '../src/model/logger.js'

describe('the log', () => {
  const own = Object.getOwnPropertyDescriptor(process.stderr, 'fd')
  const dir = mkdtempSync(join(tmpdir(), 'slashroom-log-'))
  const path = join(dir, 'lines')
  let fd: number

  beforeEach(() => {
    fd = openSync(path, 'w')
    Object.defineProperty(process.stderr, 'fd', { value: fd, configurable: true })
  })
  afterEach(() => {
    if (own) Object.defineProperty(process.stderr, 'fd', own)
    else Reflect.deleteProperty(process.stderr, 'fd')
    closeSync(fd)
    rmSync(path)
  })

  const written = async (say: (log: Logger) => void, format: 'json' | 'pretty' = 'json') => {
    const log = createLogger({ level: 'info', format, to: 'stderr' })
    say(log)
    log.info({}, 'the last line')
    const read = () => readFileSync(path, 'utf8')
    await expect.poll(read).toContain('the last line')
    return read()
      .split('\n')
      .filter((line) => !line.includes('the last line'))
      .join('\n')
  }

  it.each(['json', 'pretty'] as const)(
    'blanks known secrets, at the top and one level below, as %s',
    async (format) => {
      const failure = Object.assign(new Error('refused'), { accessToken: 'hidden 1', status: 401 })
      const text = await written((log) => {
        log.info({ token: 'hidden 2', room: 'shown 1', body: { oauthSecret: 'hidden 3', id: 'shown 2' } }, 'said')
        log.child({ secret: 'hidden 4', command: 'shown 3' }).warn({ headers: { authorization: 'hidden 5' } }, 'child')
        log.error({ err: failure }, 'failed')
      }, format)
      expect(text).not.toContain('hidden')
      for (const shown of ['shown 1', 'shown 2', 'shown 3', '[secret]']) expect(text).toContain(shown)
    },
  )

  it('keeps an error whole but for its secrets', async () => {
    const failure = Object.assign(new Error('refused'), { token: 'hidden', status: 401 })
    const { err } = JSON.parse(await written((log) => log.error({ err: failure }, 'failed')))
    expect(err).toMatchObject({ type: 'Error', message: 'refused', status: 401, token: '[secret]' })
    expect(err.stack).toContain('logger.test')
  })

  it('shows as it is what was thrown and is no error', async () => {
    expect(JSON.parse(await written((log) => log.error({ err: 'just text' }, 'failed')))).toMatchObject({
      err: 'just text',
    })
  })

  it('leaves what it was given as it was', async () => {
    const facts = { token: 'mine', inner: { secret: 'mine' } }
    await written((log) => log.info(facts, 'said'))
    expect(facts).toEqual({ token: 'mine', inner: { secret: 'mine' } })
  })

  it('takes what an author writes without facts', async () => {
    const careless = (log: Logger) => (log as unknown as Console).info('just text')
    expect(await written(careless)).toContain('just text')
  })
})
