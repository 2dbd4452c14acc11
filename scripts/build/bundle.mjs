// Bundles src/, so that a start reads a few files instead of several hundred:
//
//   dist/slashroom.cjs   all of src/, each part run on demand, with the libraries that every start needs
//   dist/run.cjs         the sixth of it that `slashroom run` needs
//   dist/lib/            libraries that only some starts need
//   dist/cli/main.js     the program, with as much code as the supervising process needs
//   dist/load.cjs        loads one of the two bundles, using V8's compile cache
//   dist/index.js …      the exports of package.json, which re-export from slashroom.cjs
//
// The dependencies in package.json are not bundled, except yaml, which the shipped commands need too. The licenses of
// everything that is bundled are in dist/LICENSES.md.
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

/** Builds everything. Throws esbuild's errors after esbuild has printed them. */
export async function bundle() {
  checkBinaries()
  const parts = exported()
  const made = await Promise.all([
    bundleParts('slashroom.cjs', { ...parts, ...sourcesOf(runOnDemand()) }),
    bundleParts('run.cjs', sourcesOf([alone])),
    bundleProgram(),
    ...late.map(bundleLibrary),
  ])
  // CommonJS, because loading Node's ES module loader would slow every start.
  writeFileSync(join(dist, 'cli/package.json'), commonJs)
  copyEsbuild()
  writeLoader()
  const wrappers = Object.keys(parts).map(writeWrapper)
  const outputs = made.flatMap(({ metafile }) => Object.keys(metafile.outputs).map((file) => join(root, file)))
  removeOthers(dist, new Set([...outputs, ...wrappers, join(dist, 'load.cjs'), esbuildFile]))
  const inputs = made.flatMap(({ metafile }) => Object.keys(metafile.inputs).map((file) => file.replace(/^\w+:/, '')))
  writeFileSync(join(dist, 'LICENSES.md'), licensesOf([...inputs, 'node_modules/esbuild/lib/main.js'], root))
}

/** The source files by export name: `index` is `src/index.ts`. */
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

/** Code that defines the URL of a file in a neighboring folder, as `import.meta.url` is for a source file. */
const urlIn = (beside) =>
  `const __url = require('node:url').pathToFileURL(require('node:path').join(__dirname, '${beside}')).href`

/** Wraps the bundle in a function that the loader calls, because a cached script has no module and no import(). */
const head = `(function (exports, require, module, __filename, __dirname, __import) {'use strict'\n${urlIn('a/b.js')}`

/** It has its own, smaller bundle, because people run it again and again and it ends at once. */
const alone = 'cli/subcommands/run'

/** The parts that the program loads on demand. */
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

/** Throws if package.json lists binaries of another version than their library. */
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

/** Escapes the non-ASCII characters that esbuild leaves in regular expressions: one-byte text takes half the memory. */
function asAscii(code) {
  return code.replace(/[\u0080-\uffff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** Loads a bundle as the loader does, but without the compile cache. */
function evaluated(file) {
  const own = { exports: {} }
  const run = new Script(readFileSync(file, 'latin1'), { filename: file }).runInThisContext()
  run(own.exports, createRequire(file), own, file, dirname(file))
  return own.exports
}

/** Writes a module that re-exports one part of the bundle. */
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
