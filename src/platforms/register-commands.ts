import { messageOf } from '../shared/error-details.js'
import type { Platform, Registration } from './platform.js'

/** The result of registering with one platform. */
export type RegistrationResult =
  | { readonly platform: string; readonly registration: Registration }
  | { readonly platform: string; readonly failed: string }

/** Registers with each platform in turn; a service that is down does not affect the others. */
export async function registerCommands(
  platforms: readonly Platform[],
  options: { readonly apply: boolean },
): Promise<readonly RegistrationResult[]> {
  const all: RegistrationResult[] = []
  for (const { name, register } of platforms.filter(hasCommandList)) {
    try {
      all.push({ platform: name, registration: register ? await register(options) : byHand })
    } catch (error) {
      all.push({ platform: name, failed: messageOf(error) })
    }
  }
  return all
}

/** Whether the service keeps a list of commands; false if each has an address of its own. */
export function hasCommandList({ synchronous, deliversByConnection, register }: Platform): boolean {
  return register !== undefined || (synchronous === undefined && !deliversByConnection)
}

const byHand: Registration = { ...noChanges(), notes: ['as it is set, its commands are made by hand over there'] }

/** A registration that is still being filled in. */
export type RegistrationDraft = { readonly [Part in 'added' | 'changed' | 'removed' | 'notes']: string[] }

/** An empty registration. */
export function noChanges(): RegistrationDraft {
  return { added: [], changed: [], removed: [], notes: [] }
}

/** Whether the service was already up to date. */
export function isUnchanged({ added, changed, removed }: Registration): boolean {
  return added.length + changed.length + removed.length === 0
}
