import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { setV8Flags } from '../../src/cli/v8-flags.js'

describe('an engine that is set up for answering and forgetting', () => {
  it('lets go at once of what a spot makes whose works once lived long', { timeout: 60_000 }, () => {
    const isKept = (spots: number) => Array.from({ length: spots }).some(() => keptAfterBusyTimes() > 100_000)
    expect(isKept(100)).toBe(true) // of the first few, as a rule; else there is nothing to set up any more
    setV8Flags()
    expect(isKept(12)).toBe(false)
  })
})

/** Bytes that quick collections leave of what nobody holds, made where much that was made before was held for long. */
function keptAfterBusyTimes(): number {
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

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as (options: { type: 'minor' }) => void

function collectQuickly(): void {
  gc({ type: 'minor' })
  gc({ type: 'minor' })
}
