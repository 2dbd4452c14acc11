import type { BrokenFile } from './reloadable-files.js'

/** How loading commands went. */
export interface LoadReport {
  readonly commands: number
  readonly broken: readonly BrokenFile[]
}

/** How loading commands and hooks went. */
export interface ReloadReport extends LoadReport {
  readonly hooks: number
}
