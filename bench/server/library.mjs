// This bot as a library: one process with nobody to watch over it, as the hand-assembled server is.
import { createBot } from '../../dist/index.js'
import { commandCount, ready } from './bench-ipc.mjs'

const bot = createBot({ host: '127.0.0.1' })
const { port } = await bot.start()
ready(port, { reload })

/** How long one changed file among all takes until it serves. */
async function reload({ file }) {
  const started = performance.now()
  const { commands } = await bot.reload([file])
  if (commands < commandCount) throw new Error(`only ${commands} commands are left`)
  return { ms: performance.now() - started }
}
