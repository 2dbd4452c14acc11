import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it, onTestFinished } from 'vitest'

it('draws the pictures that the README shows, as they are', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slashroom-picture-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const drawn = (name: string) => readFile(join(folder, name))
  const shown = (name: string) => readFile(join('docs', 'images', name))
  await promisify(execFile)(process.execPath, ['scripts/room-picture.mjs', folder])
  expect(sizeOf(await drawn('room.png'))).toEqual(sizeOf(await shown('room.png')))
  // As high as the fonts of this machine make it.
  expect(sizeOf(await drawn('platforms.png'))[0]).toBe(sizeOf(await shown('platforms.png'))[0])
})

/** Width and height, as a PNG's header has them. */
function sizeOf(png: Buffer): readonly number[] {
  expect(png.toString('latin1', 1, 4)).toBe('PNG')
  return [png.readUInt32BE(16), png.readUInt32BE(20)]
}
