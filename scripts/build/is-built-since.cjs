'use strict'
const { readdirSync, statSync } = require('node:fs')

/** Whether a stamp is there, and nothing in a folder is newer. */
exports.isBuiltSince = (folder, stamp) => {
  const built = statSync(stamp, { throwIfNoEntry: false })
  return built !== undefined && !hasNewer(folder, built.mtimeMs)
}

/** False where there is no such folder, as in an installed package. */
function hasNewer(folder, time) {
  const own = statSync(folder, { throwIfNoEntry: false })
  if (!own) return false
  if (own.mtimeMs > time) return true
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = `${folder}/${entry.name}` // join() would take as long as looking
    return entry.isDirectory() ? hasNewer(path, time) : statSync(path).mtimeMs > time
  })
}
