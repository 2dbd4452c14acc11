// Runs an instrumented bot in a separate process.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as passed } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('traced-bot.mjs', import.meta.url))

/** Starts it with the default settings. Waiting fails with its log if the bot exits or a minute has passed. */
export async function startBot(folder, hipchatHost) {
  // The user's own settings could change the journey.
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, HIPCHAT_HOSTS: hipchatHost, JOURNEY_DIST: join(folder, 'dist') }
  const child = fork(script, { cwd: join(folder, 'work'), env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
  const log = []
  const lines = createInterface({ input: child.stdout }).on('line', (line) => {
    log.push(line)
    if (line.includes('"msg":"ended"')) lines.emit('ended', JSON.parse(line))
  })
  const fail = (reason) => Promise.reject(new Error([`the bot ${reason}; its log:`, ...log].join('\n')))
  const exited = once(child, 'exit')
  const failed = Promise.race([
    exited.then(() => fail('ended')),
    passed(60_000, undefined, { ref: false }).then(() => fail('did not answer')),
  ])
  failed.catch(() => {})
  const next = async (emitter, event) => (await Promise.race([once(emitter, event), failed]))[0]
  const ask = (verb) => {
    child.send(verb)
    return next(child, 'message')
  }
  return {
    url: `http://127.0.0.1:${await next(child, 'message')}`,
    /** The log line of the next call that ends. */
    ended: () => next(lines, 'ended'),
    /** Resolves when nothing has happened for a while. */
    rest: () => ask('rest'),
    /** The same, and starts recording entries. */
    record: () => ask('record'),
    /** The same, and returns the recorded function numbers; null is an entry from an earlier timer. */
    recorded: () => ask('recorded'),
    async stop() {
      if (child.connected) child.disconnect()
      await exited
    },
  }
}
