// esbuild plugins for particular libraries, and for how src/ loads them.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Libraries that a start loads only for Redis, a policy, metrics, HTML, tracing, `dev`, an installation or a connection. */
export const late = [
  '@opentelemetry/api',
  'chokidar',
  'entities/decode',
  'ioredis',
  'koa-bodyparser',
  'prom-client',
  're2js',
  'ws',
  'yaml',
]

/** A library's file in dist/lib. */
export function fileOf(library) {
  return `${library.replace(/\W+/g, '-').replace(/^-/, '')}.cjs`
}

export const lateLibraries = {
  name: 'late-libraries',
  setup(build) {
    build.onResolve({ filter: /^[@\w]/ }, ({ path }) =>
      late.includes(path) ? { path: `./lib/${fileOf(path)}`, external: true } : undefined,
    )
    build.onResolve({ filter: /^esbuild$/ }, () => ({ path: './lib/esbuild/lib/main.js', external: true }))
  },
}

/** `load('x')` with a `createRequire` loader still loads when it is called, but from the bundle. */
export const requireLate = {
  name: 'require-late',
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('createRequire(import.meta.url)')) return undefined
      const calls = /\b(?:load|createRequire\(import\.meta\.url\))\((?='[^.'])/g
      return { contents: text.replace(calls, 'require('), loader: 'ts' }
    })
  },
}

/**
 * Three libraries each bring their own version of a list of media types. One is enough, and it is loaded only to look up a
 * file extension, because the types of a bot's own answers are known. As JSON it is read in half the time.
 */
export const oneListOfTypes = {
  name: 'one-list-of-types',
  setup(build) {
    const fromKoa = createRequire(createRequire(import.meta.url).resolve('koa'))
    const [types, list] = [fromKoa.resolve('mime-types'), fromKoa.resolve('mime-db/db.json')]
    build.onResolve({ filter: /^mime-types$/ }, ({ path, namespace }) =>
      namespace === 'late' ? { path: types } : { path, namespace: 'late' },
    )
    build.onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
      contents: typesWhenAsked(path),
      resolveDir: root,
    }))
    build.onResolve({ filter: /^mime-db$/ }, () => ({ path: relative(root, list), namespace: 'json' }))
    build.onLoad({ filter: /./, namespace: 'json' }, ({ path }) => {
      const json = JSON.stringify(JSON.parse(readFileSync(join(root, path), 'utf8')))
      return { contents: `module.exports = JSON.parse(${JSON.stringify(json)})` }
    })
  },
}

function typesWhenAsked(library) {
  return callLate(library, ['charset', 'contentType', 'extension', 'lookup'])
}

/** Code of a module that loads another when one of its functions is called. */
function callLate(library, names) {
  return names.map((name) => `exports.${name} = (...given) => require('${library}').${name}(...given)`).join('\n')
}

/** Undici uses HTTP/2 only on request, and it is never requested here; loading it takes a twelfth of Node's own start. */
export const noHttp2 = {
  name: 'no-http2',
  setup(build) {
    build.onResolve({ filter: /\/client-h2\.js$/ }, ({ path }) => ({ path, namespace: 'no-http2' }))
    build.onLoad({ filter: /./, namespace: 'no-http2' }, () => ({
      contents: `module.exports = async () => { throw new Error('HTTP/2 is not spoken here') }`,
    }))
  },
}

/**
 * Depd reports where deprecated functions are called. For the line numbers, V8 would scan the whole bundle at every start.
 * Its browser build reports nothing.
 */
export const noDeprecations = {
  name: 'no-deprecations',
  setup(build) {
    build.onResolve({ filter: /^depd$/ }, () => ({ path: join(packageOf('depd'), 'lib/browser/index.js') }))
  },
}

/**
 * Only lmdb's binary stays outside, in a package for each system. As a dependency, lmdb would be compiled during
 * installation and would bring its build tools. It stores only text here.
 */
export const lmdbBinary = {
  name: 'lmdb-binary',
  setup(build) {
    build.onResolve({ filter: /^lmdb$/ }, () => ({ path: join(packageOf('lmdb'), 'node-index.js') }))
    build.onResolve({ filter: /^node-gyp-build-optional-packages$/ }, () => ({
      path: join(root, 'scripts/build/lmdb-binary.cjs'),
    }))
    build.onResolve({ filter: /^msgpackr-extract$/ }, ({ path }) => ({ path, namespace: 'nothing' }))
    build.onLoad({ filter: /./, namespace: 'nothing' }, () => ({ contents: '' }))
  },
}

/** What the program imports once it knows its subcommand comes from the bundle. */
export const fromBundle = (names) => ({
  name: 'from-bundle',
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ path, resolveDir, kind }) => {
      const name = relative(join(root, 'src'), resolve(resolveDir, path)).replaceAll('\\', '/').replace(/\.js$/, '')
      if (kind !== 'dynamic-import' || !names.includes(name)) return undefined
      return { path: name, namespace: 'bundle' }
    })
    build.onLoad({ filter: /./, namespace: 'bundle' }, ({ path }) => ({
      contents: `module.exports = require('../load.cjs')('${path}')`,
    }))
  },
})

/** The folder of a library. */
export function packageOf(name) {
  return join(root, 'node_modules', name)
}
