import { beforeAll, describe, expect, it } from 'vitest'
import { build, runProgram, slashroom } from '../fixtures/slashroom.js'
import { receive } from '../notify/direct/receiver.js'
import { botService, botToken } from '../notify/direct/services.js'

const call = (args: readonly string[], options: Parameters<typeof runProgram>[2] = {}) =>
  runProgram(process.execPath, [slashroom, 'notify', ...args], options)

describe('slashroom notify, as a process', () => {
  beforeAll(build)

  it('reads the text from standard input, without the last line end', async () => {
    const { to, received } = await botService()
    const env = { SLASHROOM_TOKEN: botToken, SLASHROOM_NOTIFY_URL: to }
    expect(await call(['-'], { env, input: 'one\n  two é\n' })).toEqual({ code: 0, out: '', err: '' })
    expect(received[0]?.body).toEqual({ text: 'one\n  two é' })
  })

  it('exits 2 where standard input has nothing, or more than can be sent', async () => {
    const { to, received } = await botService()
    const args = ['--to', to, '--token', botToken, '-']
    expect(await call(args, { input: '\n' })).toMatchObject({
      code: 2,
      err: expect.stringContaining('the text must not be empty.'),
    })
    const { code, err } = await call(args, { input: 'x'.repeat(1_048_577) })
    expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('longer than 1,048,576 bytes.') })
    expect(received).toEqual([])
  })

  it('exits 1 where it is refused, and where nobody listens', async () => {
    const { to } = await botService()
    expect(await call(['--to', to, '--token', 'wrong', 'hello'])).toMatchObject({ code: 1, out: '' })
    const down = await call(['--to', 'http://127.0.0.1:1', '--token', botToken, '--retry-for', '0', 'hello'])
    expect(down).toMatchObject({ code: 1, err: expect.stringContaining('(ECONNREFUSED); given up after one try.') })
    expect(down.err.trim().split('\n')).toHaveLength(1)
  })

  it('exits 2 where it is called wrongly', async () => {
    const { code, err } = await call([])
    expect({ code, err }).toEqual({
      code: 2,
      err: 'slashroom: the text is missing. "slashroom notify --help" shows how.\n',
    })
    expect(await call(['--tokne', 'x', 'hello'])).toMatchObject({ code: 2, err: expect.stringContaining('"--token"?') })
  })

  it('warns in its help that others see a token that is typed', async () => {
    const { out } = await call(['--help'])
    expect(out).toMatch(/--token <token> .*SLASHROOM_TOKEN.*Other users/)
  })

  it('arrives while the server restarts', async () => {
    const { url } = await receive((_, nth) =>
      nth < 3 ? { status: 502, body: '<html>' } : { status: 202, body: { id: 'n1' } },
    )
    const { code, out } = await call(['--to', url, '--token', botToken, '--json', 'hello'])
    expect({ code, out: JSON.parse(out) }).toEqual({
      code: 0,
      out: { arrived: true, as: 'slashroom', posts: 1, ids: ['n1'] },
    })
  })
})
