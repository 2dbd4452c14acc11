/** One subcommand of the command line. */
export interface Subcommand {
  /** One line for the overview. */
  readonly summary: string
  /** The arguments after its name: `[--port <n>]`. */
  readonly usage: string
  /** Each option and its description. */
  readonly options?: Readonly<Record<string, string>>
  readonly examples?: readonly string[]
  /** Resolves with the exit code. Throws ConfigError for errors that the operator has to fix. */
  run(args: readonly string[]): Promise<number>
}

/** The output of `--help`. */
export function usageOf(name: string, { summary, usage, options = {}, examples = [] }: Subcommand): string {
  const width = Math.max(0, ...Object.keys(options).map((option) => option.length))
  const described = Object.entries(options).map(([option, text]) => `${option.padEnd(width)}  ${text}`)
  return [
    `Usage: slashroom ${name} ${usage}`.trim(),
    '',
    summary,
    ...section('Options', described),
    ...section('Examples', examples),
  ].join('\n')
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => `  ${line}`)]
}
