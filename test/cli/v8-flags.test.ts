import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { transform } from 'esbuild'
import { describe, expect, it } from 'vitest'

/**
 * Where what a spot makes goes is decided while the space for what is young is as large as it may be, by what was compiled
 * until then. With a small space and without threads it is decided in the same moment on every machine, however busy it is.
 */
const decidesEarly = ['--min-semi-space-size=1', '--max-semi-space-size=1', '--single-threaded', '--expose-gc']

describe('an engine that is set up for answering and forgetting', () => {
  it('lets go at once of what a spot makes whose works once lived long', async () => {
    const { code } = await transform(readFileSync('src/cli/v8-flags.ts', 'utf8'), { loader: 'ts' })
    const script = `${code}
      ${keptAfterBusyTimes}
      const isKept = () => keptAfterBusyTimes() > 100_000
      const before = isKept()
      setV8Flags()
      console.log(before, isKept())`
    const args = [...decidesEarly, '--input-type=module', '--eval', script]
    const { stdout } = await promisify(execFile)(process.execPath, args)
    expect(stdout).toBe('true false\n') // without the flags they are kept, else there is nothing to set up any more
  })
})

/** Bytes that quick collections leave of what nobody holds, made where much that was made before was held for long. */
function keptAfterBusyTimes(): number {
  const collectQuickly = () => {
    for (let time = 0; time < 2; time++) void globalThis.gc?.({ type: 'minor' })
  }
  const make = new Function('bytes', 'return { bytes, list: [bytes], inner: { bytes } }') as (
    bytes?: ArrayBuffer,
  ) => object
  for (let round = 0; round < 30; round++) {
    const held: object[] = []
    for (let n = 0; n < 20_000; n++) held.push(make())
    collectQuickly()
  }
  const before = process.memoryUsage().arrayBuffers
  for (let n = 0; n < 500; n++) make(new ArrayBuffer(1_000))
  collectQuickly()
  return process.memoryUsage().arrayBuffers - before
}
