import type { Installation } from '../model/installation.js'

/** The installations of all platforms, their secrets encrypted at rest. */
export interface Installations {
  find(platform: string, id: string): Promise<Installation | undefined>
  save(installation: Installation): Promise<void>
  remove(platform: string, id: string): Promise<void>
  list(platform: string): AsyncIterable<Installation>
}
