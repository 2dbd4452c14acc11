// Bundles src/, so that a start reads a few files and not several hundred:
//
//   dist/slashroom.cjs   all of src/, each part run when it is asked for, with the libraries that every start needs
//   dist/run.cjs         what `slashroom run` needs of it, a sixth
//   dist/lib/            libraries that only some need
//   dist/cli/main.js     the program: as much as the process needs that watches over the one that serves
//   dist/load.cjs        loads one of these two, with what V8 compiled of it before
//   dist/index.js …      what package.json exports: the names that slashroom.cjs has there
//
// What package.json calls a dependency stays outside, but for yaml, which the commands that ship need too; of everything
// else the licences are in dist/LICENSES.md.
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'
import { build } from 'esbuild'
import { licensesOf } from './licenses.mjs'
import {
  fileOf,
  fromBundle,
  late,
  lateLibraries,
  lmdbBinary,
  noDeprecations,
  noHttp2,
  oneListOfTypes,
  packageOf,
  requireLate,
} from './plugins.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dist = join(root, 'dist')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const commonJs = '{ "type": "commonjs" }\n'
const esbuildFile = join(dist, 'lib/esbuild/lib/main.js')

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  external: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
}

/** Builds everything. Throws esbuild's errors, which it has printed. */
export async function bundle() {
  checkBinaries()
  const parts = exported()
  const made = await Promise.all([
    bundleParts('slashroom.cjs', { ...parts, ...sourcesOf(runOnDemand()) }),
    bundleParts('run.cjs', sourcesOf([alone])),
    bundleProgram(),
    ...late.map(bundleLibrary),
  ])
  // Required, so that a start is spared Node's loader of modules.
  writeFileSync(join(dist, 'cli/package.json'), commonJs)
  copyEsbuild()
  writeLoader()
  const wrappers = Object.keys(parts).map(writeWrapper)
  const outputs = made.flatMap(({ metafile }) => Object.keys(metafile.outputs).map((file) => join(root, file)))
  removeOthers(dist, new Set([...outputs, ...wrappers, join(dist, 'load.cjs'), esbuildFile]))
  const inputs = made.flatMap(({ metafile }) => Object.keys(metafile.inputs).map((file) => file.replace(/^\w+:/, '')))
  writeFileSync(join(dist, 'LICENSES.md'), licensesOf([...inputs, 'node_modules/esbuild/lib/main.js'], root))
}

/** Sources by the names of package.json's exports: `index` is `src/index.ts`. */
function exported() {
  const built = Object.values(manifest.exports).flatMap(
    (one) => /^\.\/dist\/(.*)\.js$/.exec(one.default ?? '')?.[1] ?? [],
  )
  return sourcesOf(built)
}

function sourcesOf(names) {
  return Object.fromEntries(names.map((name) => [name, `./src/${name}.ts`]))
}

async function bundleParts(outfile, parts) {
  const getters = Object.entries(parts).map(([name, file]) => `'${name}': () => require('${file}'),`)
  return await build({
    ...shared,
    stdin: { contents: `module.exports = {\n${getters.join('\n')}\n}`, resolveDir: root, sourcefile: 'parts.cjs' },
    outfile: `dist/${outfile}`,
    format: 'cjs',
    define: { 'import.meta.url': '__url' },
    banner: { js: head },
    footer: { js: '})' },
    plugins: [requireLate, lateLibraries, oneListOfTypes, noDeprecations, noHttp2, lmdbBinary],
  })
}

/** Where the sources' own folders are, as seen from one beside them. */
const urlIn = (beside) =>
  `const __url = require('node:url').pathToFileURL(require('node:path').join(__dirname, '${beside}')).href`

/** One function, which the loader calls: what is kept compiled has no module of its own, nor an import(). */
const head = `(function (exports, require, module, __filename, __dirname, __import) {'use strict'\n${urlIn('a/b.js')}`

/** Has a bundle of its own, a sixth of the one for all: it is typed again and again, and ends at once. */
const alone = 'cli/subcommands/run'

/** What the program asks the bundles for. */
function runOnDemand() {
  const subcommands = readdirSync(join(root, 'src/cli/subcommands')).map((file) => `cli/subcommands/${file}`)
  return [...subcommands.filter((file) => !file.endsWith('/start.ts')), 'cli/worker.ts', 'logger.ts'].map((file) =>
    file.replace(/\.ts$/, ''),
  )
}

async function bundleProgram() {
  return await build({
    ...shared,
    entryPoints: ['src/cli/main.ts'],
    outfile: 'dist/cli/main.js',
    format: 'cjs',
    define: { 'import.meta.url': '__url' },
    banner: { js: urlIn('../a/b.js') },
    external: [...shared.external, '../load.cjs'],
    plugins: [fromBundle(runOnDemand())],
  })
}

async function bundleLibrary(name) {
  return await build({ ...shared, entryPoints: [name], outfile: `dist/lib/${fileOf(name)}`, format: 'cjs' })
}

/** Not bundled, because it does not support that. Its package has an install script, which npm warns about. */
function copyEsbuild() {
  const folder = join(dist, 'lib/esbuild')
  mkdirSync(join(folder, 'lib'), { recursive: true })
  writeFileSync(join(folder, 'package.json'), commonJs)
  copyFileSync(join(packageOf('esbuild'), 'lib/main.js'), esbuildFile)
}

/** Throws if package.json names binaries of another version than their library's. */
function checkBinaries() {
  for (const [name, version] of Object.entries(manifest.optionalDependencies)) {
    const library = name.startsWith('@lmdb/') ? 'lmdb' : 'esbuild'
    const { version: wanted } = JSON.parse(readFileSync(join(packageOf(library), 'package.json'), 'utf8'))
    if (version !== wanted) throw new Error(`package.json has ${name} ${version}, but ${library} ${wanted}`)
  }
}

function writeLoader() {
  const made = createHash('sha256')
  for (const name of ['slashroom.cjs', 'run.cjs']) {
    const file = join(dist, name)
    const code = asAscii(readFileSync(file, 'utf8')).replace(/\bimport\((?=")/g, '__import(')
    writeFileSync(file, code)
    made.update(code)
  }
  const text = readFileSync(new URL('load.cjs', import.meta.url), 'utf8')
  const version = made.digest('hex').slice(0, 16)
  writeFileSync(join(dist, 'load.cjs'), text.replace('__MADE__', version).replace('__ALONE__', alone))
}

/** What esbuild leaves as it is stands in regular expressions. Text of one byte a sign takes half of the memory. */
function asAscii(code) {
  return code.replace(/[\u0080-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** What the loader gives, but that this leaves nothing compiled behind. */
function evaluated(file) {
  const own = { exports: {} }
  const run = new Script(readFileSync(file, 'latin1'), { filename: file }).runInThisContext()
  run(own.exports, createRequire(file), own, file, dirname(file))
  return own.exports
}

/** A module with the names that a part of the bundle has. */
function writeWrapper(part) {
  const names = Object.keys(evaluated(join(dist, 'slashroom.cjs'))[part]())
  const file = join(dist, `${part}.js`)
  const loader = relative(dirname(file), join(dist, 'load.cjs')).replaceAll('\\', '/')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(
    file,
    `import load from '${loader.startsWith('.') ? loader : `./${loader}`}'\n\nexport const { ${names.join(', ')} } = load('${part}')\n`,
  )
  return file
}

/** Deletes scripts of earlier builds. */
function removeOthers(folder, made) {
  for (const { name, parentPath } of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const file = join(parentPath, name)
    const isOurs = /\.c?js(\.map)?$/.test(name) && !file.includes(join('simulator', 'page'))
    if (isOurs && !made.has(file)) rmSync(file)
  }
}
