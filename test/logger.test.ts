import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createLogger } from '../src/logger.js'
import type { Logger } from '../src/model/logger.js'
import { steering as hostile, unprintable } from './fixtures/unprintable.js'

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

  it.each(['json', 'pretty'] as const)(
    'blanks secrets at every depth, in any case, in whatever holds them, as %s',
    async (format) => {
      const failure = Object.assign(
        new Error('refused', { cause: Object.assign(new Error('why'), { Token: 'hidden 1' }) }),
        {
          config: { headers: { Authorization: 'hidden 2', Accept: 'shown 1' } },
        },
      )
      const text = await written((log) => {
        log.info({ deep: { a: { token: 'hidden 3', b: { c: { d: { refresh_token: 'hidden 4' } } } } } }, 'deep')
        log.info({ list: [{ 'X-Api-Key': 'hidden 5' }, [{ clientSecret: 'hidden 6' }], 'shown 2'] }, 'lists')
        log.info({ AUTHORIZATION: 'hidden 7', SLACK_BOT_TOKEN: 'hidden 8', 'set-cookie': ['hidden 9'] }, 'any case')
        log.info({ rawHeaders: ['Authorization', 'hidden 10', 'Accept', 'shown 3'] }, 'names and values in turn')
        log.info(
          {
            map: new Map<string, unknown>([
              ['password', 'hidden 11'],
              ['in', { token: 'hidden 12' }],
              ['out', 'shown 4'],
            ]),
          },
          'map',
        )
        log.info({ set: new Set([{ token: 'hidden 13' }, 'shown 5']) }, 'set')
        log.info({ made: { toJSON: () => ({ token: 'hidden 14', id: 'shown 6' }) } }, 'made for JSON')
        log.info({ key: Buffer.from('hidden 15') }, 'bytes')
        log.warn({ reason: failure }, 'another name')
        log.error({ err: failure }, 'failed')
        log.error({ err: new AggregateError([failure], 'shown 7') }, 'many')
      }, format)
      expect(text).not.toContain('hidden')
      expect(text).not.toContain(Buffer.from('hidden 15').join())
      for (let n = 1; n <= 7; n++) expect(text).toContain(`shown ${n}`)
    },
  )

  it('blanks what comes behind a name that was seen before', async () => {
    const names = Array.from({ length: 3_000 }, (_, index) => [`name${index}`, index])
    const text = await written((log) => {
      for (let round = 0; round < 2; round++) {
        log.info({ Token: 'hidden', tokenizer: 'shown 1' }, 'said')
        log.info({ many: Object.fromEntries(names) }, 'more names than are remembered')
      }
    })
    expect(text).not.toContain('hidden')
    expect(text).toContain('shown 1')
  })

  it('cuts what is cyclic, deep or wide without end', async () => {
    const ring: Record<string, unknown> = { id: 'shown 1', token: 'hidden' }
    ring['self'] = ring
    let deep: unknown = { token: 'hidden' }
    for (let depth = 0; depth < 10_000; depth++) deep = { deep }
    const all = Array.from({ length: 60 }, (): unknown[] => [{ token: 'hidden' }])
    for (const one of all) one.push(...all)
    const text = await written((log) => {
      log.info({ ring }, 'a ring')
      log.info({ deep }, 'deep')
      log.info({ all }, 'each holds all others')
      log.info(
        {
          odd: {
            get throws() {
              throw new Error('no')
            },
          },
        },
        'a getter that throws',
      )
    })
    expect(text).not.toContain('hidden')
    for (const shown of ['shown 1', '[circular]', '[…]', '[unreadable]']) expect(text).toContain(shown)
  })

  it('shows what steers a terminal as blanks in pretty lines, and no line that somebody forged', async () => {
    const nasty = `a${hostile}\n[00:00:00] INFO: forged\r\u2028b`
    const text = await written((log) => {
      log.info({ room: nasty, [nasty]: 1, level: nasty, time: nasty }, nasty)
      log.error({ err: new Error(nasty) }, 'failed')
      log.error({ error: new Error(nasty).stack }, 'uncaught')
      log.info({ type: 'Error', stack: nasty }, 'like an error')
    }, 'pretty')
    expect(text).not.toMatch(unprintable)
    expect(text).toContain('at ') // the stack is still there, line by line
    for (const line of text.split('\n')) expect(line).not.toMatch(/^\[00:00:00\]/)
  })

  it('escapes in JSON what steers a terminal, and says the same', async () => {
    const text = await written((log) => {
      log.info({ room: `a${hostile}b` }, hostile)
      log.child({ user: hostile }).info({}, 'child')
    })
    expect(text).not.toMatch(unprintable)
    expect(
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ room: `a${hostile}b`, msg: hostile }, { user: hostile }])
  })

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
