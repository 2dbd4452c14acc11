import type { Subcommand } from './subcommand.js'

/** The command line, one file per subcommand. */
export const subcommands: Readonly<Record<string, () => Promise<Subcommand>>> = {
  new: async () => (await import('./new.js')).newSubcommand,
  dev: async () => (await import('./dev.js')).dev,
  run: async () => (await import('./run.js')).run,
  check: async () => (await import('./check.js')).check,
  commands: async () => (await import('./commands.js')).commands,
  register: async () => (await import('./register.js')).register,
  start: async () => (await import('./start.js')).start,
  audit: async () => (await import('./audit.js')).audit,
  trace: async () => (await import('./trace.js')).trace,
  policy: async () => (await import('./policy.js')).policy,
}
