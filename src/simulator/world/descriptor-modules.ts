import { checkKeysDiffer, readAddress, readKey, readList, readObject, readOptionalString } from './descriptor-fields.js'

/** The modules of the user interface, and whether each has an address. */
const kinds = [
  ['glance', false],
  ['webPanel', true],
  ['dialog', true],
  ['action', false],
  ['externalPage', true],
] as const

/** Validates modules that the simulator does not use, so that mistakes in them are noticed. */
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
    // An address may contain {names} that are filled in when it is opened.
    if (hasUrl) readAddress(module['url'], `${which}.url`)
    else readOptionalString(module['queryUrl'], `${which}.queryUrl`)
  }
  checkKeysDiffer(modules, what)
}
