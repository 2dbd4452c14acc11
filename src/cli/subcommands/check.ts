import { parseArgs } from 'node:util'
import { readConfig } from '../../config.js'
import type { LoadedHook } from '../../notify/hooks/hook-directory.js'
import { toPrintable } from '../../shared/printable.js'
import { loadCommands, loadHooks } from '../load-files.js'
import { printJson } from '../print-json.js'
import type { Subcommand } from '../subcommand.js'

/** `slashroom check`: do all files of commands and hooks load? */
export const check: Subcommand = {
  summary: 'Loads every command and hook file and reports the broken ones',
  usage: '[--json]',
  options: { '--json': 'print the report as JSON' },
  async run(args) {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean', default: false } } })
    const config = readConfig(process.env)
    const { registry, policy, report } = await loadCommands(config)
    const { hooks, broken: brokenHooks } = await loadHooks(config, process.env)
    const idle = policy.unusedRules(registry.list())
    for (const { line, name } of idle) {
      const place = `${policy.file}:${line}`
      console.error(toPrintable(`${place}: a rule names “${name}”, but there is no such command`))
    }
    const broken = [...report.broken, ...brokenHooks]
    if (values.json) printJson({ ...report, broken, idle, hooks: hooks.map(describeHook) }, 2)
    else {
      for (const hook of hooks) console.log(toPrintable(Object.values(describeHook(hook)).join('  ')))
      const good = [count(report.commands, 'command'), ...(hooks.length > 0 ? [count(hooks.length, 'hook')] : [])]
      console.log(`${good.join(', ')} good, ${count(new Set(broken.map(({ file }) => file)).size, 'file')} broken`)
    }
    return broken.length > 0 ? 1 : 0
  },
}

/** A hook's address, summary, and how its posts are verified. */
function describeHook({ name, hook }: LoadedHook) {
  return { address: `/hooks/${name}`, summary: hook.summary, proof: hook.verify ? 'verified' : 'token' }
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
