import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { watchFiles } from '../../src/cli/development/watch-files.js'
import { emptyFolder } from './terminal.js'

it('tells of files that are saved in any of the directories, also in one that was not there', async () => {
  const folder = await emptyFolder()
  const [commands, hooks] = [join(folder, 'commands'), join(folder, 'hooks')]
  await mkdir(commands)
  const changed = new Set<string>()
  const stop = watchFiles([commands, hooks], async (files) => {
    for (const file of files) changed.add(file)
  })
  onTestFinished(stop)
  await savedUntilSeen(join(commands, 'a.ts'), changed)
  await mkdir(hooks)
  await savedUntilSeen(join(hooks, 'b.ts'), changed)
  await rm(hooks, { recursive: true })
  changed.clear()
  await mkdir(hooks)
  await savedUntilSeen(join(hooks, 'c.ts'), changed)
})

/** The watcher may still be looking round when the first save comes. */
async function savedUntilSeen(file: string, changed: ReadonlySet<string>): Promise<void> {
  let count = 0
  await expect
    .poll(async () => {
      await writeFile(file, `${count++}`)
      return changed.has(file)
    })
    .toBe(true)
}
