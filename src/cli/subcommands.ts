import type { Subcommand } from './subcommand.js'

/** The command line, one file per subcommand. */
export const subcommands: Readonly<Record<string, () => Promise<Subcommand>>> = {
  new: async () => (await import('./subcommands/new.js')).newSubcommand,
  dev: async () => (await import('./subcommands/dev.js')).dev,
  run: async () => (await import('./subcommands/run.js')).run,
  check: async () => (await import('./subcommands/check.js')).check,
  commands: async () => (await import('./subcommands/commands.js')).commands,
  register: async () => (await import('./subcommands/register.js')).register,
  simulate: async () => (await import('./subcommands/simulate.js')).simulate,
  start: async () => (await import('./subcommands/start.js')).start,
  audit: async () => (await import('./subcommands/audit.js')).audit,
  trace: async () => (await import('./subcommands/trace.js')).trace,
  later: async () => (await import('./subcommands/later.js')).later,
  token: async () => (await import('./subcommands/token.js')).token,
  alias: async () => (await import('./subcommands/alias.js')).alias,
  notify: async () => (await import('./subcommands/notify.js')).notify,
  policy: async () => (await import('./subcommands/policy-explain.js')).policy,
}
