import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, vi } from 'vitest'
import type { Subcommand } from '../../src/cli/subcommand.js'

/** What a subcommand left in the terminal. */
export interface Shown {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a subcommand as the command line does, with these settings, and gives what it said. */
export async function inTerminal(
  subcommand: Subcommand,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Shown> {
  const [out, err]: [string[], string[]] = [[], []]
  const log = vi.spyOn(console, 'log').mockImplementation((line) => void out.push(String(line)))
  const error = vi.spyOn(console, 'error').mockImplementation((line) => void err.push(String(line)))
  // Vitest sets a BASE_URL of its own.
  for (const [name, value] of Object.entries({ BASE_URL: '', ...env })) vi.stubEnv(name, value)
  try {
    const code = await subcommand.run(args)
    return { code, out: out.join('\n'), err: err.join('\n') }
  } finally {
    vi.unstubAllEnvs()
    log.mockRestore()
    error.mockRestore()
  }
}

/** A folder for this test alone. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'slashroom-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Makes `folder` the one that the terminal stands in, for this test. */
export function standIn(folder: string): void {
  const before = process.cwd()
  process.chdir(folder)
  onTestFinished(() => process.chdir(before))
}
