import type { BrokenFile } from './reloadable-files.js'

/** The result of loading commands. */
export interface LoadReport {
  readonly commands: number
  readonly broken: readonly BrokenFile[]
}

/** The result of loading commands and hooks. */
export interface ReloadReport extends LoadReport {
  readonly hooks: number
}
