import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import * as authoring from '../../authoring.js'
import type { Bootstrapped } from '../../bootstrap.js'
import { type Config, embeddedStoreDir, readConfig } from '../../config.js'
import { ConfigError } from '../../model/errors.js'
import { silentLogger } from '../../model/logger.js'
import type { Platform } from '../../platforms/platform.js'
import {
  hasCommandList,
  isUnchanged,
  type RegistrationResult,
  registerCommands,
} from '../../platforms/register-commands.js'
import { escapeJson, toPrintable } from '../../shared/printable.js'
import { colorize } from '../colors.js'
import { printJson } from '../print-json.js'
import type { Subcommand } from '../subcommand.js'

/** `slashroom register`: registers the commands with the platforms. */
export const register: Subcommand = {
  summary: 'Registers the commands with the platforms; sends only what has changed',
  usage: '[--plan] [--platform <name>] [--json]',
  options: {
    '--plan': 'only show what would be added, changed and removed',
    '--platform <name>': 'only this platform (default: all that are enabled)',
    '--json': 'print the result as JSON',
  },
  examples: ['slashroom register --plan', 'slashroom register --platform discord'],
  async run(args) {
    const options = { plan: { type: 'boolean' }, json: { type: 'boolean' }, platform: { type: 'string' } } as const
    const { plan = false, json = false, platform } = parseArgs({ args: [...args], options }).values
    const { baseUrl, outcomes } = await registerFrom(plan, platform)
    const files = outcomes.flatMap((one) => ('registration' in one ? (one.registration.file ?? []) : []))
    for (const { name, bytes } of files) await writeFile(name, bytes)
    if (json) printJson({ baseUrl, plan, platforms: outcomes.map(withoutBytes) }, 2)
    else console.log(show(baseUrl, outcomes, plan))
    return outcomes.some((one) => 'failed' in one) ? 1 : 0
  },
}

async function registerFrom(plan: boolean, wanted: string | undefined) {
  const config = readConfig(process.env)
  const { bootstrap } = await import('../../bootstrap.js') // not loaded for --help
  const deps = { env: process.env, log: silentLogger, port: config.port, authoring }
  const prepared = await bootstrap({ ...deps, config: plan ? dryRunConfig(config) : config })
  try {
    checkCommands(prepared)
    const outcomes = await registerCommands(choose(prepared.platforms.filter(hasCommandList), wanted), { apply: !plan })
    return { baseUrl: prepared.baseUrl, outcomes }
  } finally {
    await prepared.close()
  }
}

/** A dry run creates no store. */
function dryRunConfig(config: Config): Config {
  const dir = embeddedStoreDir(config.storeUrl)
  return dir !== undefined && !existsSync(dir) ? { ...config, storeUrl: 'memory:' } : config
}

/** Broken commands would be removed from the platforms. */
function checkCommands({ report }: Bootstrapped): void {
  const [broken] = report.broken
  if (broken) throw new ConfigError(`${broken.message} Nothing was registered.`)
  if (report.commands === 0) throw new ConfigError('There are no commands to register.')
}

function choose(platforms: readonly Platform[], wanted: string | undefined): readonly Platform[] {
  if (wanted === undefined) return platforms
  const found = platforms.filter(({ name }) => name === wanted)
  const on = platforms.map(({ name }) => name).join(', ')
  if (found.length === 0) throw new ConfigError(`--platform ${wanted} is not enabled; enabled: ${on}.`)
  return found
}

/** Files are written, not printed. */
function withoutBytes(one: RegistrationResult): object {
  if ('failed' in one || !one.registration.file) return one
  return { ...one, registration: { ...one.registration, file: one.registration.file.name } }
}

function show(baseUrl: string, outcomes: readonly RegistrationResult[], plan: boolean): string {
  return [`${plan ? 'Plan' : 'Registered'} for ${baseUrl}`, ...outcomes.flatMap(showOne)].join('\n')
}

function showOne(one: RegistrationResult): readonly string[] {
  if ('failed' in one)
    return ['', colorize('bold', one.platform), colorize('red', toPrintable(`  failed: ${one.failed}`))]
  const { added, changed, removed, notes, document, file } = one.registration
  return [
    '',
    colorize('bold', one.platform),
    ...(isUnchanged(one.registration) && !document ? ['  nothing to change'] : []),
    ...added.map((what) => colorize('green', toPrintable(`  + ${what}`))),
    ...changed.map((what) => colorize('yellow', toPrintable(`  ~ ${what}`))),
    ...removed.map((what) => colorize('red', toPrintable(`  - ${what}`))),
    ...notes.map((note) => toPrintable(`  ! ${note}`)),
    ...(file ? [`  wrote ${file.name}`] : []),
    ...(document ? [escapeJson(JSON.stringify(document, null, 2))] : []),
  ]
}
