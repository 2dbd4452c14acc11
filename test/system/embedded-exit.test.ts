import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

describe('a process that exits while it writes to the embedded store', () => {
  let program: string
  let dir: string
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
    program = fileURLToPath(new URL(`../../node_modules/.cache/exiting-process-${process.pid}.mjs`, import.meta.url))
    await build({
      entryPoints: [fileURLToPath(new URL('../fixtures/exiting-process.ts', import.meta.url))],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
    })
  })
  afterAll(async () => {
    await rm(dir, { recursive: true })
    await rm(program)
  })

  // About every second exit meets a transaction that waits for its change.
  it('ends, and leaves the store to others', async () => {
    for (let round = 0; round < 10; round++) {
      const { code, signal } = await run('exits')
      expect(signal ?? code).toSatisfy((end) => end === 7 || end === 'SIGKILL')
    }
  })

  it('ends, and says what nobody caught', async () => {
    for (let round = 0; round < 10; round++) {
      const { code, signal, stderr } = await run('throws')
      expect(signal ?? code).toSatisfy((end) => end === 1 || end === 'SIGKILL')
      expect(stderr.match(/Error: nobody caught this/g)).toHaveLength(1)
    }
  })

  async function run(how: string) {
    const child = spawn(process.execPath, [program, join(dir, 'data'), how], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    const closed = once(child, 'close')
    try {
      await expect.poll(() => stdout).toContain('ends')
      await expect.poll(() => child.exitCode ?? child.signalCode).not.toBeNull()
      await closed
    } finally {
      child.kill('SIGKILL')
    }
    return { code: child.exitCode, signal: child.signalCode, stderr }
  }
})
