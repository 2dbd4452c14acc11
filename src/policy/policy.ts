import { type Invocation, isAnonymous, type Room, rolesOf, type Tenant, type User } from '../model/invocation.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import { ownOnly } from '../shared/own-properties.js'

/** One rule of the operator: what happens to these commands if all its conditions match. */
export interface Rule {
  /** Its line in the file. */
  readonly line: number
  readonly decision: Effect
  /** Command names; `deploy *` is /deploy and everything below it, other `*` match part of a word, `*` alone every command. */
  readonly commands: readonly string[]
  /** By id, which users cannot choose. */
  readonly users?: readonly string[]
  readonly roles?: readonly string[]
  /** By id, or by name as `#name`. */
  readonly rooms?: readonly string[]
  readonly tenants?: readonly string[]
  /** Where users are from: ids of tenants, or `external` for all from outside. Nothing else lets those in. */
  readonly from?: readonly string[]
  /** Who may approve, by id, `@handle` or role. Default: anyone else who may run the command. */
  readonly by?: readonly string[]
  /** The message for users it denies. */
  readonly reason?: string
}

/** `approve`: it runs after a second person confirms. */
export type Effect = 'allow' | 'deny' | 'approve'

/** The policy's decision about a call, and its rule; none for the default. */
export interface Decision {
  readonly decision: Effect
  readonly rule?: Rule | undefined
}

/** The user that a decision is about. */
export type Subject = Pick<Invocation, 'user' | 'room' | 'tenant'>

/** A rule about the command that does not match, with the first condition that fails. */
export interface SkippedRule {
  readonly rule: Rule
  readonly unmet: Condition
}

/** The operator's rules for who may run what. */
export interface Policy {
  /** The file it comes from; undefined if there is none. */
  readonly file?: string
  readonly rules: readonly Rule[]
  /** The decision if no rule matches. */
  readonly otherwise: 'allow' | 'deny'
  /** True if it restricts nothing: then only users from outside need to be checked. */
  readonly allowsAll: boolean
  /**
   * The first matching rule decides. Built-in commands are always allowed, except for users from outside without a matching
   * rule. Anonymous users may run only what a rule lets `anonymous` run, `/help`, and commands for anyone.
   */
  evaluate(compiled: CompiledCommand, who: Subject): Decision
  /** The same, with the rules that were skipped. */
  explain(compiled: CompiledCommand, who: Subject): Decision & { readonly passed: readonly SkippedRule[] }
  /** Command names in rules that match no command. */
  unusedRules(entries: readonly CompiledCommand[]): readonly { readonly line: number; readonly name: string }[]
}

const conditions = ['users', 'roles', 'rooms', 'tenants', 'from'] as const
type Condition = (typeof conditions)[number]

/** Prepares rules, so that a call checks only rules about its command. */
export function createPolicy(
  rules: readonly Rule[] = [],
  otherwise: 'allow' | 'deny' = 'allow',
  file?: string,
): Policy {
  // Own properties only: an inherited condition would widen a rule.
  const prepared = rules.map((rule) => ({ rule: ownOnly(rule), names: rule.commands.map(toPattern) }))
  // A reloaded command is a new object, so its cached rules are dropped with the old one.
  const known = new WeakMap<CompiledCommand, readonly Rule[]>()

  function rulesFor(compiled: CompiledCommand): readonly Rule[] {
    const found = known.get(compiled)
    if (found) return found
    const own = prepared.filter(({ names }) => names.some((name) => name.test(compiled.name))).map(({ rule }) => rule)
    known.set(compiled, own)
    return own
  }

  function judge(compiled: CompiledCommand, who: Subject): Decision {
    const outside = who.user.external === true
    const closed = isAnonymous(who.user) ? !isForAnyone(compiled) : outside && !(compiled.builtIn && isLetIn(who))
    if (compiled.builtIn) return { decision: closed ? 'deny' : 'allow', rule: undefined }
    const rule = rulesFor(compiled).find((one) => unmet(one, who) === undefined)
    return { decision: rule?.decision ?? (closed ? 'deny' : otherwise), rule }
  }

  /** Whether a user from outside may run anything here. */
  function isLetIn(who: Subject): boolean {
    return prepared.some(({ rule }) => rule.decision !== 'deny' && unmet(rule, who) === undefined)
  }

  return {
    ...(file === undefined ? {} : { file }),
    rules,
    otherwise,
    allowsAll: rules.length === 0 && otherwise === 'allow',
    evaluate: judge,
    explain(compiled, who) {
      const decision = judge(compiled, who)
      const passed: SkippedRule[] = []
      for (const rule of compiled.builtIn ? [] : rulesFor(compiled)) {
        const condition = unmet(rule, who)
        if (condition === undefined) break
        passed.push({ rule, unmet: condition })
      }
      return { ...decision, passed }
    },
    unusedRules(entries) {
      return prepared.flatMap(({ rule, names }) =>
        rule.commands
          .filter((_, index) => !entries.some(({ name }) => names[index]?.test(name)))
          .map((name) => ({ line: rule.line, name })),
      )
    },
  }
}

/** Whether anonymous users may run it too; they may answer prompts for their own calls. */
function isForAnyone({ builtIn, name, answers, command }: CompiledCommand): boolean {
  return builtIn ? name === 'help' || answers !== undefined : command.allow === 'anyone'
}

/** The policy without any rules. */
export const noPolicy: Policy = createPolicy()

/** Describes the policy in a few words. */
export function describePolicy({ file, rules, otherwise }: Policy): string {
  if (file === undefined) return "policy: none, each command's file says who may run it"
  return `policy: ${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}, default ${otherwise}`
}

/**
 * Whether a list contains this room: by its id, by the id of a thread's room, or as `#name` unless users may have chosen
 * that name.
 */
export function holdsRoom(rooms: readonly string[], room: Room): boolean {
  const { id, name, untrustedName } = room
  const parent = Object.hasOwn(room, 'parent') ? room.parent : undefined
  return rooms.some((one) => one === id || one === parent || (!untrustedName && isNamed(one, name)))
}

function isNamed(room: string, name: string): boolean {
  return room.startsWith('#') && room.toLowerCase() === `#${name.toLowerCase()}`
}

function toPattern(name: string): RegExp {
  const [, stem = '', below] = /^(.*?)( \*)?$/s.exec(name.toLowerCase()) ?? []
  if (stem === '*') return /^/
  const words = stem.replace(/[\\^$.|?+()[\]{}]/g, '\\$&').replaceAll('*', '[^ ]*')
  return new RegExp(`^${words}${below ? '(?: .*)?' : ''}$`, 's')
}

function unmet(rule: Rule, { user, room, tenant }: Subject): Condition | undefined {
  const { users, roles, rooms, tenants, from } = rule
  if (from ? !isFrom(from, user, tenant) : user.external && rule.decision !== 'deny') return 'from'
  if (users ? !users.includes(user.id) : isAnonymous(user) && rule.decision !== 'deny') return 'users'
  if (roles && !roles.some((role) => rolesOf(user).includes(role))) return 'roles'
  if (rooms && !holdsRoom(rooms, room)) return 'rooms'
  return tenants && !tenants.includes(tenant.id) ? 'tenants' : undefined
}

/** A user without a home tenant belongs to the tenant itself. */
function isFrom(from: readonly string[], user: User, tenant: Tenant): boolean {
  if (user.external && from.includes('external')) return true
  const home = Object.hasOwn(user, 'tenant') ? user.tenant : user.external ? undefined : tenant.id
  return home !== undefined && from.includes(home)
}
