import { command } from '../model/command.js'
import type { Policy } from '../policy/policy.js'
import { type CompiledCommand, compileCommand } from '../registry/compiled-command.js'
import type { BuiltInCommands } from '../registry/registry.js'
import type { DelayedJobStore } from '../scheduler/delayed-jobs.js'
import { createHelp } from './help.js'
import { createLaterCommand } from './later-command.js'
import { createScheduleCommand, type ScheduleCommandDeps } from './schedule-command.js'

/** What the built-in commands need. */
export interface BuiltInDeps extends ScheduleCommandDeps {
  readonly delayedJobs: Pick<DelayedJobStore, 'listOwn' | 'remove'>
}

/** The built-in commands: `/help` always; `/later`, `/confirm`, `/answer` and `/schedule` only if a command needs them. */
export const createBuiltInCommands =
  (deps: BuiltInDeps): BuiltInCommands =>
  (registry, own) => [
    createHelp({ registry, policy: deps.policy }),
    ...(own.some(namesLater) ? [createLaterCommand(deps.delayedJobs)] : []),
    ...(own.some(({ schedules }) => schedules.length > 0) ? [createScheduleCommand(registry, deps)] : []),
    ...(own.some(({ command }) => command.confirm) || approves(deps.policy) ? [confirm] : []),
    ...(own.some(({ compiledOptions }) => compiledOptions.options.some(({ option }) => option.ask)) ? [answer] : []),
  ]

/** JavaScript functions have a `source` too, so a command that schedules lines has to name its target. */
function namesLater({ command }: CompiledCommand): boolean {
  return /\blater\b/.test(String(command.run))
}

function approves({ rules }: Policy): boolean {
  return rules.some(({ decision }) => decision === 'approve')
}

const code = { type: 'string', positional: true, required: true, summary: 'As the question shows it' } as const

/** These never run themselves: the pipeline resumes the call that they answer. */
const confirm = compileCommand(
  'confirm',
  command({
    summary: 'Answers a question with yes or no',
    options: {
      code,
      answer: { type: 'choice', positional: true, choices: ['yes', 'no'], default: 'yes', summary: 'What you say' },
    },
    run() {},
  }) as CompiledCommand['command'],
  { builtIn: true, answers: 'confirm' },
)

const answer = compileCommand(
  'answer',
  command({
    summary: 'Gives what a command asked for',
    options: {
      code,
      value: { type: 'string', positional: true, rest: true, required: true, summary: 'What it asked for' },
    },
    run() {},
  }) as CompiledCommand['command'],
  { builtIn: true, answers: 'option' },
)
