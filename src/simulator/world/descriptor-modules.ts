import { checkKeysDiffer, readAddress, readKey, readList, readObject, readOptionalString } from './descriptor-fields.js'

/** What stands in the user interface, and whether it has an address of its own. */
const kinds = [
  ['glance', false],
  ['webPanel', true],
  ['dialog', true],
  ['action', false],
  ['externalPage', true],
] as const

/** Checks the modules of a descriptor that the simulator has no use for, so that a slip in them is not taken in silence. */
export function checkModules(capabilities: Readonly<Record<string, unknown>>): void {
  for (const [kind, hasUrl] of kinds) checkKind(capabilities[kind], `capabilities.${kind}`, hasUrl)
  for (const page of ['configurable', 'adminPage']) {
    const given = capabilities[page]
    if (given === undefined || given === null) continue
    readAddress(readObject(given, `capabilities.${page}`)['url'], `capabilities.${page}.url`)
  }
}

function checkKind(given: unknown, what: string, hasUrl: boolean): void {
  const modules = readList(given, what)
  for (const [at, module] of modules.entries()) {
    const which = `${what}[${at}]`
    readKey(module['key'], `${which}.key`)
    // An address may hold {names} that its opener fills in.
    if (hasUrl) readAddress(module['url'], `${which}.url`)
    else readOptionalString(module['queryUrl'], `${which}.queryUrl`)
  }
  checkKeysDiffer(modules, what)
}
