import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inflateSync } from 'node:zlib'
import Ajv from 'ajv-draft-04'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Command, command } from '../../../src/model/command.js'
import type { Registration } from '../../../src/platforms/platform.js'
import { createMemoryStore } from '../../../src/stores/memory.js'
import { startTeams, type Teams } from '../../fixtures/teams.js'
import { startTeamsBot } from './bot.js'

let server: Teams
beforeAll(async () => {
  server = await startTeams()
})
afterAll(() => server.close())

const store = createMemoryStore()
const make = (summary: string) => command({ summary, run() {} })

async function register(
  commands: Readonly<Record<string, Command>>,
  apply = true,
  kept = store,
): Promise<Registration> {
  const bot = startTeamsBot(server, { commands, store: kept })
  onTestFinished(() => bot.close())
  return (await bot.platform.register?.({ apply })) ?? { added: [], changed: [], removed: [], notes: [] }
}

describe('the app package', () => {
  it('is written anew where commands differ, each time with the next version, and says what differs', async () => {
    const first = await register({ ping: make('Answers'), 'deploy status': make('Shows what runs') })
    expect(first).toMatchObject({ added: ['/ping', '/deploy status'], changed: [], removed: [] })
    expect(first.notes.join()).toContain(
      'upload slashroom-teams.zip (version 1.0.0), which "slashroom register" writes',
    )
    const again = await register({ ping: make('Answers'), 'deploy status': make('Shows what runs') })
    expect(again).toMatchObject({ added: [], changed: [], removed: [], notes: [], file: first.file })
    const planned = await register({ ping: make('Answers at once') }, false)
    expect(planned).toMatchObject({ added: [], changed: ['/ping'], removed: ['/deploy status'], notes: [/1\.0\.1/] })
    expect(planned.file).toBeUndefined()
    const second = await register({ ping: make('Answers at once') })
    expect(manifestOf(second)['version']).toBe('1.0.1')
  })

  it('is what Microsoft’s schema takes, with commands of any kind and number', async () => {
    const check = new Ajv.default({ strict: false, validateFormats: false }).compile(schema())
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`c${n} go`, make(`About ${n} ${'é'.repeat(300)}`)]),
    )
    const cases = [{}, { ping: make('Answers') }, many, { ['x'.repeat(200)]: make('') }]
    for (const commands of cases) {
      const manifest = manifestOf(await register(commands, true, createMemoryStore()))
      expect(check(manifest), JSON.stringify(check.errors)).toBe(true)
    }
    expect(check({ ...manifestOf(await register({})), name: 'x' })).toBe(false) // it does judge
  })

  it('lists commands for the menus of slash and name, and says which have no room', async () => {
    const many = Object.fromEntries(Array.from({ length: 14 }, (_, n) => [`c${n}`, make(`About ${n}`)]))
    const { notes, ...registration } = await register(many, true, createMemoryStore())
    const commands = Array.from({ length: 12 }, (_, n) => ({ title: `c${n}`, description: `About ${n}` }))
    expect(manifestOf({ ...registration, notes })['bots']).toMatchObject([
      {
        botId: server.appId,
        supportsTargetedMessages: true,
        commandLists: [{ triggers: ['slash', 'mention'], commands }],
      },
    ])
    expect(notes.filter((note) => note.includes('left out'))).toHaveLength(2)
  })

  it('lists first words where all would be too many, and nothing that is hidden', async () => {
    const many = Object.fromEntries(Array.from({ length: 14 }, (_, n) => [`deploy c${n}`, make(`About ${n}`)]))
    const hidden = { secret: command({ summary: 'Hidden', hidden: true, run() {} }) }
    const [bot] = manifestOf(await register({ ...many, ...hidden }, true, createMemoryStore()))['bots'] as never[]
    expect(JSON.stringify(bot)).toContain('"title":"deploy"')
    expect(JSON.stringify(bot)).not.toContain('secret')
    const few = await register({ ping: make('Answers'), ...hidden }, true, createMemoryStore())
    expect(few.added).toEqual(['/ping'])
  })

  it('is a ZIP archive that others open, with icons of the sizes that Teams wants', async () => {
    const { file } = await register({ ping: make('Answers') })
    const folder = mkdtempSync(join(tmpdir(), 'slashroom-teams-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'app.zip'), file?.bytes ?? '')
    const read =
      'import zipfile, sys; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2])'
    if (existsSync('/usr/bin/python3')) {
      execFileSync('python3', ['-c', read, join(folder, 'app.zip'), folder])
      for (const [name, bytes] of unzip(file?.bytes)) expect(readFileSync(join(folder, name)).equals(bytes)).toBe(true)
    }
    expect([...unzip(file?.bytes).keys()]).toEqual(['manifest.json', 'color.png', 'outline.png'])
    expect(pictureOf(file, 'color.png')).toMatchObject({
      width: 192,
      height: 192,
      corner: [0x2f, 0x6f, 0xde, 255],
      middle: 255,
    })
    expect(pictureOf(file, 'outline.png')).toMatchObject({ width: 32, height: 32, corner: [0, 0, 0, 0], middle: 255 })
  })
})

function manifestOf({ file }: Registration): Record<string, unknown> {
  return JSON.parse(String(unzip(file?.bytes).get('manifest.json')))
}

/** The files of an archive in which nothing is compressed. */
function unzip(bytes: Uint8Array = new Uint8Array()): ReadonlyMap<string, Buffer> {
  const archive = Buffer.from(bytes)
  const files = new Map<string, Buffer>()
  for (let at = 0; archive.readUInt32LE(at) === 0x04034b50; ) {
    const [size, name] = [archive.readUInt32LE(at + 18), archive.readUInt16LE(at + 26)]
    const body = at + 30 + name
    files.set(String(archive.subarray(at + 30, body)), archive.subarray(body, body + size))
    at = body + size
  }
  return files
}

function pictureOf(file: Registration['file'], name: string) {
  const bytes = unzip(file?.bytes).get(name) ?? Buffer.alloc(0)
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  const pixels = inflateSync(bytes.subarray(41, 41 + bytes.readUInt32BE(33)))
  const middle = (height / 2) * (width * 4 + 1) + 1 + (width / 2) * 4
  return { width, height, corner: [...pixels.subarray(1, 5)], middle: pixels[middle] }
}

function schema(): object {
  const entry = createRequire(import.meta.url).resolve('@microsoft/app-manifest')
  const path = 'json-schemas/teams/v1.29/MicrosoftTeams.schema.json'
  const [, root = ''] = /^(.*app-manifest\/build)\//.exec(`${dirname(entry)}/`) ?? []
  return JSON.parse(readFileSync(join(root, path), 'utf8'))
}
