'use strict'
const { readdirSync, statSync } = require('node:fs')

/** Whether the stamp exists and nothing in the folder is newer. */
exports.isBuiltSince = (folder, stamp) => {
  const built = statSync(stamp, { throwIfNoEntry: false })
  return built !== undefined && !hasNewer(folder, built.mtimeMs)
}

/** False if the folder does not exist, as in an installed package. */
function hasNewer(folder, time) {
  const own = statSync(folder, { throwIfNoEntry: false })
  if (!own) return false
  if (own.mtimeMs > time) return true
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = `${folder}/${entry.name}` // join() would take as long as reading the folder
    return entry.isDirectory() ? hasNewer(path, time) : statSync(path).mtimeMs > time
  })
}
