import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { command, say } from '../../../../src/authoring.js'
import { createEmbeddedJournal } from '../../../../src/journal/embedded-journal.js'
import { describeProcess } from '../../../../src/journal/process-liveness.js'
import { silentLogger } from '../../../../src/model/logger.js'
import { openLmdb } from '../../../../src/stores/lmdb.js'
import { createMemoryStore } from '../../../../src/stores/memory.js'
import { post, roomMessage, startByoBot, startRoomServer } from './bot.js'

it('tells the room at the reply address what became of a command under which the process died', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
  const embedded = openLmdb(dir)
  const store = createMemoryStore()
  const room = await startRoomServer()
  let runs = 0
  const deploy = (finish: () => Promise<unknown>, idempotent: boolean) =>
    command({
      summary: 'Ships',
      allow: 'anyone',
      idempotent,
      async run() {
        runs++
        await finish()
        return say('shipped')
      },
    })
  const never = () => new Promise(() => {})
  const body = process() // stands for the first process
  const first = createEmbeddedJournal({ embedded, log: silentLogger, lookMs: 50, self: describeProcess(body.pid) })
  const commands = { once: deploy(never, false), again: deploy(never, true) }
  const before = await startByoBot({ commands, journal: first, store, withinMs: 50 })
  const { address, token } = await before.address({ replyTo: room.replyTo })
  await post(address, roomMessage('/once', '1'))
  await post(address, roomMessage('/again', '2'))
  expect(runs).toBe(2)
  await body.end()

  const journal = createEmbeddedJournal({ embedded, log: silentLogger, lookMs: 50 })
  const finishing = { once: deploy(async () => {}, false), again: deploy(async () => {}, true) }
  const after = await startByoBot({ commands: finishing, journal, store })
  const said = () => room.got.map(({ body }) => body['message'])
  const told = [expect.stringContaining('the bot was stopped while it ran this'), 'shipped']
  await expect.poll(() => said().sort(), { timeout: 20_000 }).toEqual(told.sort())
  expect(runs).toBe(3)
  expect(await post(`${after.url}/byo/${token}`, roomMessage('/once', '1'))).toEqual({ status: 204, body: undefined })
  const written = await readAll(dir)
  expect(written).toContain('/again')
  expect(written).not.toMatch(new RegExp(`${token}|roomsownsecret`))

  await Promise.all([before.close(), after.close()])
  await Promise.all([first.close().catch(() => undefined), journal.close()])
  await room.close()
  await embedded.close()
  await rm(dir, { recursive: true })
}, 60_000)

/** A process that can be killed. */
function process() {
  const child = spawn('sleep', ['120'], { stdio: 'ignore' })
  return {
    pid: child.pid,
    async end() {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
    },
  }
}

async function readAll(dir: string): Promise<string> {
  const files = (await readdir(dir, { withFileTypes: true, recursive: true })).filter((entry) => entry.isFile())
  return (await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')))).join()
}
