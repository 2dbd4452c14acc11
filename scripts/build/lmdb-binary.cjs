// Finds lmdb's binary among the packages for each system; replaces node-gyp-build-optional-packages.
'use strict'
const { existsSync } = require('node:fs')
const { join, dirname } = require('node:path')

const system = `${process.platform}-${process.arch}`

/** Returns the binary's exports: the one for this Node.js if there is one, for the current C library. */
module.exports = () => {
  const folder = findFolder()
  const libraries = process.platform === 'linux' ? ['.glibc', '.musl'] : ['']
  const kinds = [`abi${process.versions.modules}`, 'napi']
  const names = libraries.flatMap((library) => kinds.map((kind) => `node.${kind}${library}.node`))
  const files = names.map((name) => join(folder, name)).filter((file) => existsSync(file))
  return firstThatLoads(files)
}

function findFolder() {
  try {
    return dirname(require.resolve(`@lmdb/lmdb-${system}/package.json`))
  } catch (cause) {
    const way = 'install with optional packages, or set STORE_URL to redis://…'
    throw new Error(`the package @lmdb/lmdb-${system} is not here: ${way}`, { cause })
  }
}

/** The other C library's binary is refused by the loader. */
function firstThatLoads([file, ...others]) {
  if (!file) throw new Error(`@lmdb/lmdb-${system} has no binary for Node.js ${process.versions.node}`)
  try {
    return require(file)
  } catch (error) {
    if (others.length === 0) throw error
    return firstThatLoads(others)
  }
}
