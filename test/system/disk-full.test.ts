import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createEmbeddedJournal } from '../../src/journal/embedded-journal.js'
import { UnavailableError } from '../../src/model/errors.js'
import { silentLogger } from '../../src/model/logger.js'
import { say } from '../../src/model/reply.js'
import { createLmdbStore, openLmdb } from '../../src/stores/lmdb.js'
import { invocationOf } from '../fixtures/invocation.js'
import { withQueue } from '../fixtures/working-journal.js'

describe('the embedded store on a full disk', () => {
  it('refuses what is new, ends what was accepted, keeps all it had, and goes on when there is room', async () => {
    const disk = await smallDisk('16m')
    if (!disk) return console.log('disk-full: nothing tried, a small disk cannot be mounted here')
    try {
      const embedded = openLmdb(join(disk.dir, 'data'))
      const store = createLmdbStore(embedded)
      const journal = withQueue(createEmbeddedJournal({ embedded, log: silentLogger }))
      for (let n = 0; n < 50; n++) await journal.accept(invocationOf(`${n}`))
      await writeFile(join(disk.dir, 'ballast'), Buffer.alloc(32_000_000)).catch(() => undefined)

      let kept = 0
      const fill = async (): Promise<void> => {
        for (; kept < 100_000; kept++) await store.set(`value/${kept}`, 'x'.repeat(4_000))
      }
      await expect(fill()).rejects.toThrow(UnavailableError)
      await expect(journal.accept(invocationOf('new', { text: 'x'.repeat(100_000) }))).rejects.toThrow(UnavailableError)

      let ended = 0
      await journal.start(async (entry) => {
        await entry.begin()
        await entry.record(say('x'.repeat(1_000)))
        await entry.sending()
        await entry.sent()
        await entry.end('done')
        ended++
        return 'done'
      })
      await expect.poll(() => ended).toBe(50)

      await rm(join(disk.dir, 'ballast'))
      await expect
        .poll(() =>
          store.set('after', 1).then(
            () => true,
            () => false,
          ),
        )
        .toBe(true)
      await journal.stop(1_000)
      await store.close()

      const again = createLmdbStore(openLmdb(join(disk.dir, 'data')))
      let found = 0
      for await (const [, value] of again.list('value/')) found += value === 'x'.repeat(4_000) ? 1 : 0
      expect(found).toBe(kept)
      await again.close()
    } finally {
      await disk.unmount()
    }
  })
})

async function smallDisk(size: string): Promise<{ readonly dir: string; unmount(): Promise<void> } | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'slashroom-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir], { stdio: 'ignore' })
  } catch {
    await rm(dir, { recursive: true })
    return undefined
  }
  return {
    dir,
    async unmount() {
      execFileSync('umount', ['-l', dir])
      await rm(dir, { recursive: true })
    },
  }
}
