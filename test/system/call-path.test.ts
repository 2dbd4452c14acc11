import { describe, expect, it } from 'vitest'
import { runProgram } from '../fixtures/slashroom.js'

describe('the length of the journey through the code', () => {
  it('is that of a whole call, and the list shows all that is counted', async () => {
    const { code, out, err } = await runProgram(process.execPath, ['scripts/call-path.mjs', '--list', '--check'])
    const visits = out.split('\n').filter((line) => /^[ ↩] +\d+ {2}src\//.test(line))
    const returns = visits.filter((visit) => visit.startsWith('↩'))
    const read = (label: string) => Number(new RegExp(`^${label} +\\d+ +(\\d+)`, 'm').exec(out)?.[1])

    const files = visits.map((visit) => visit.slice(6)).join('\n')
    expect(files, err).toMatch(/^src\/(bot|server\/)/) // from where the request comes in
    const steps = ['server/webhook', 'hipchat/verify', 'hipchat/decode', 'parsing/parse-options', 'hipchat/render']
    for (const step of steps) expect(files).toContain(`${step}.ts`)
    expect(files).not.toMatch(/src\/(model|shared)\//)
    expect(read('files')).toBe(visits.length - returns.length)
    expect(read('changes of file')).toBe(visits.length - 1)
    expect(read('returns to a file already seen')).toBe(returns.length)
    expect(code).toBe(0)
  })
})
