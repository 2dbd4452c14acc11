// Collects the licenses of bundled packages, which the licenses require, in dist/LICENSES.md.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

/** A text with name, version and license of each package in `inputs`. Throws if a package has none. */
export function licensesOf(inputs, root) {
  const folders = new Set(inputs.flatMap((file) => folderOf(resolve(root, file)) ?? []))
  const texts = [...new Map([...folders].map(describe))].sort(([one], [other]) => one.localeCompare(other))
  const head =
    '# Licences of what is bundled\n\nWhat slashroom runs contains these packages, each under its own licence.'
  return `${[head, ...texts.map(([title, text]) => `## ${title}\n\n${fence(text)}`)].join('\n\n')}\n`
}

/** `…/node_modules/@scope/name` of a file; undefined for our own files. */
function folderOf(file) {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/.exec(file)?.[0]
}

/** A heading and a text; several copies of one version appear once. */
function describe(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)(\.|$)/i.test(file))
  if (files.length === 0 && !license) throw new Error(`${name} has no licence: it cannot be bundled`)
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return [`${name} ${version} (${license})`, texts.join('\n\n') || `Licence: ${license}`]
}

function fence(text) {
  return `~~~text\n${text}\n~~~`
}
