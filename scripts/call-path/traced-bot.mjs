// The process that serves: the bot, and a recorder of entered functions.
import { AsyncLocalStorage } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

process.on('disconnect', () => process.exit())

/** True in everything started by a timer that was set before the recording. */
const setBefore = new AsyncLocalStorage()
let record
let entries = 0

globalThis.__enter = (id) => {
  const idle = setBefore.getStore() === true
  if (!idle) entries++
  record?.push(idle ? null : id)
}
for (const name of ['setTimeout', 'setInterval']) {
  const set = globalThis[name]
  const mark = (task, ...rest) => set(record ? task : (...args) => setBefore.run(true, task, ...args), ...rest)
  globalThis[name] = Object.defineProperties(mark, Object.getOwnPropertyDescriptors(set))
}

const { exports } = JSON.parse(readFileSync(join(process.env.JOURNEY_DIST, '../package.json'), 'utf8'))
const { createBot } = await import(pathToFileURL(join(process.env.JOURNEY_DIST, '..', exports['.'].default)))
const commandsDir = fileURLToPath(new URL('../../commands', import.meta.url))
const { port } = await createBot({ port: 0, host: '127.0.0.1', commandsDir }).start()

process.on('message', async (verb) => {
  await rest()
  if (verb === 'record') record = []
  process.send(record ?? [])
})
process.send(port)

/** Resolves when only idle timers have entered functions for ten ticks, which take longer on a busy machine. */
async function rest() {
  for (let [turn, seen] = [0, entries]; turn < 10; turn++) {
    await passed(100)
    if (entries !== seen) [turn, seen] = [0, entries]
  }
}
