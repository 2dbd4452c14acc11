import type { Command, Confirmation } from '../model/command.js'
import { rolesOf, type User } from '../model/invocation.js'
import { card, type Reply } from '../model/reply.js'
import { formatDuration } from '../parsing/duration.js'
import type { AnswerTexts } from '../parsing/parse-options.js'
import type { Decision } from '../policy/policy.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import { kebab } from '../shared/kebab.js'
import { ownOnly } from '../shared/own-properties.js'
import { answerMs } from './pending-calls.js'

/** Who has to confirm a call before it runs. */
export interface RequiredConfirmation {
  readonly question: string
  /** The approver must be in every list, by id, `@handle` or role. Empty: the caller, or anyone who may run it. */
  readonly by: readonly (readonly string[])[]
  /** True if the caller cannot confirm it alone. */
  readonly second: boolean
}

/** The confirmation that the command or the policy requires. */
export function requiredConfirmation(
  { command, name }: CompiledCommand,
  { decision, rule }: Decision,
): RequiredConfirmation | undefined {
  const second = decision === 'approve'
  if (!command.confirm && !second) return undefined
  const { question = `Run /${name}?`, by } = ownOnly(spellOut(command.confirm))
  return { question, by: [by, rule?.by].flatMap((list) => (list ? [list] : [])), second }
}

function spellOut(confirm: Command['confirm']): Confirmation {
  if (typeof confirm === 'string') return { question: confirm }
  return typeof confirm === 'object' ? confirm : {}
}

/** Whether this user may confirm. */
export function canConfirm({ by, second }: RequiredConfirmation, caller: User, user: User): boolean {
  if (user.id === caller.id) return !second && by.every((list) => names(list, user))
  // The platform vouches for nothing about people from outside, except where they are from.
  if (user.external || user.unproven) return false
  // A user known only by nickname might be the caller.
  if (second && caller.unproven) return false
  return (second || by.length > 0) && by.every((list) => names(list, user))
}

/** Whether the list names the user: by id, by a role that the platform vouches for, or by `@handle`. */
export function names(list: readonly string[], user: User): boolean {
  const roles = rolesOf(user)
  const handle = Object.hasOwn(user, 'handle') && user.handle ? `@${user.handle.toLowerCase()}` : undefined
  return list.some((one) => one === user.id || roles.includes(one) || one.toLowerCase() === handle)
}

/** The possible approvers, in words. */
export function describeApprovers({ by, second }: RequiredConfirmation, caller: User): string {
  const named = by.map((list) => list.join(' or ')).join(', and ')
  const name = plainly(caller.name)
  const other = second ? `somebody other than ${name}${named ? '' : ' who may run it'}` : ''
  return [other, named].filter(Boolean).join(': ') || name
}

/** Asks for confirmation; privately if only the caller can confirm. */
export function confirmationPrompt(confirmation: RequiredConfirmation, asked: Asked): Reply {
  const { caller, line, answers, code } = asked
  const others = confirmation.second || confirmation.by.length > 0
  const who = others ? `${plainly(caller.name)} asks; ${describeApprovers(confirmation, caller)} may say yes. ` : ''
  const given = Object.entries(answers).map(([name, texts]) => `${kebab(name)}: ${plainly(texts.join(' '))}`)
  const how = `${who}Type /confirm ${code} within ${formatDuration(answerMs)}.`
  return card(
    {
      title: confirmation.question,
      text: [plainly(line), ...given, how].join('\n'),
      buttons: [
        { label: 'Yes', command: `/confirm ${code}`, tone: 'good' },
        { label: 'No', command: `/confirm ${code} no` },
      ],
    },
    { audience: others ? 'room' : 'caller', tone: 'warning', ...(others ? { notify: true } : {}) },
  )
}

interface Asked {
  readonly caller: User
  readonly line: string
  readonly answers: AnswerTexts
  readonly code: string
}

const longestLine = 1_500

/** The typed line, escaped so that it hides nothing from the approver and mentions nobody. */
function plainly(text: string): string {
  const plain = text
    .trim()
    .replace(/[\s\u0000-\u001F]+/g, ' ')
    .replace(/[\u200B-\u200F\u202A-\u202E\u2066-\u2069]/g, '')
    .replace(/[@＠]/g, '$&\u2060')
  const more = plain.length - longestLine
  return more > 0 ? `${plain.slice(0, longestLine)}… (${more} characters more)` : plain
}
