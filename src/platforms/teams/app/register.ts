import { shortHash } from '../../../shared/crypto.js'
import { asRecord } from '../../../shared/json.js'
import type { PlatformDeps, Registration } from '../../platform.js'
import type { Settings } from '../settings.js'
import { name } from '../wire.js'
import { drawIcons } from './icons.js'
import { buildManifest, buildMenu, type Menu } from './manifest.js'
import { zip } from './zip.js'

/** What registering needs. */
export interface RegisterDeps extends Pick<PlatformDeps, 'catalog' | 'store' | 'baseUrl'> {
  readonly app: NonNullable<Settings['app']>
}

/**
 * Creates a function that builds the app package to upload by hand, because the service accepts commands only in it. The last
 * version is stored, because each change needs a higher one.
 */
export function createRegister({ catalog, store, baseUrl, app }: RegisterDeps) {
  return async ({ apply }: { readonly apply: boolean }): Promise<Registration> => {
    const menu = buildMenu(catalog.list())
    const known = readKept(await store.get(key))
    const hash = shortHash(JSON.stringify(buildManifest(app.id, baseUrl, '', menu)))
    const isSame = known?.hash === hash
    const count = isSame ? known.count : (known?.count ?? -1) + 1
    if (apply && !isSame) await store.set(key, { hash, count, menu: menu.entries.map(describe) })
    const version = `1.0.${count}`
    return {
      ...compare(known?.menu ?? [], menu),
      notes: notesOn(menu, version, isSame),
      ...(apply ? { file: { name: fileName, bytes: pack(buildManifest(app.id, baseUrl, version, menu)) } } : {}),
    }
  }
}

const key = `${name}/app-package`
const fileName = 'slashroom-teams.zip'

/** The app package. https://learn.microsoft.com/microsoftteams/platform/concepts/build-and-test/apps-package */
function pack(manifest: object): Buffer {
  const { color, outline } = drawIcons()
  return zip({
    'manifest.json': Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`),
    'color.png': color,
    'outline.png': outline,
  })
}

function notesOn({ left }: Menu, version: string, isSame: boolean): readonly string[] {
  return [
    ...(isSame
      ? []
      : [
          `upload ${fileName} (version ${version}), which "slashroom register" writes, in Teams under Apps, or in the admin center`,
        ]),
    ...left.map((title) => `/${title} is left out of the menu, which has room for twelve: it is answered all the same`),
  ]
}

function compare(before: readonly (readonly [title: string, line: string])[], { entries }: Menu) {
  const [known, now] = [new Map(before), new Map(entries.map(describe))]
  const typed = (title: string) => `/${title}`
  return {
    added: [...now.keys()].filter((title) => !known.has(title)).map(typed),
    changed: [...now]
      .filter(([title, line]) => known.has(title) && known.get(title) !== line)
      .map(([title]) => typed(title)),
    removed: [...known.keys()].filter((title) => !now.has(title)).map(typed),
  }
}

function describe({ title, description }: Menu['entries'][number]): readonly [title: string, line: string] {
  return [title, description]
}

interface Kept {
  readonly hash: string
  readonly count: number
  readonly menu: readonly (readonly [title: string, line: string])[]
}

function readKept(value: unknown): Kept | undefined {
  const { hash, count, menu } = asRecord(value)
  return typeof hash === 'string' && typeof count === 'number' && Array.isArray(menu)
    ? { hash, count, menu }
    : undefined
}
