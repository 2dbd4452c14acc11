import { type Invocation, isAnonymous, type Room, rolesOf, type Tenant, type User } from '../model/invocation.js'
import type { CompiledCommand } from '../registry/compiled-command.js'
import { ownOnly } from '../shared/own-properties.js'

/** One rule of the operator: what happens to these commands if all its conditions match. */
export interface Rule {
  /** Its line in the file. */
  readonly line: number
  readonly decision: Effect
  /** Names of commands; `deploy *` is /deploy and all below it, any other `*` a part of a word, `*` alone every command. */
  readonly commands: readonly string[]
  /** By id, which users cannot choose. */
  readonly users?: readonly string[]
  readonly roles?: readonly string[]
  /** By id, or by name where it is written `#name`. */
  readonly rooms?: readonly string[]
  readonly tenants?: readonly string[]
  /** Where users are from: ids of tenants, or `external` for all from outside. Nothing else lets those in. */
  readonly from?: readonly string[]
  /** Who may approve, by id, `@handle` or role; left out, anyone else who may run the command. */
  readonly by?: readonly string[]
  /** The message for users whom it denies. */
  readonly reason?: string
}

/** `approve`: it runs when a second person says yes. */
export type Effect = 'allow' | 'deny' | 'approve'

/** What the policy says of a call, and the rule that says so; none where it is the default. */
export interface Decision {
  readonly decision: Effect
  readonly rule?: Rule | undefined
}

/** Whom a decision is about. */
export type Subject = Pick<Invocation, 'user' | 'room' | 'tenant'>

/** A rule that is about the command and does not fit: the first of its conditions that fails. */
export interface SkippedRule {
  readonly rule: Rule
  readonly unmet: Condition
}

/** Who may run what, as the operator decides for all commands. */
export interface Policy {
  /** Where it was read from; undefined where there is none. */
  readonly file?: string
  readonly rules: readonly Rule[]
  /** What holds where no rule fits. */
  readonly otherwise: 'allow' | 'deny'
  /** True if it restricts nothing: then it need not be evaluated, but for users from outside. */
  readonly allowsAll: boolean
  /**
   * The first rule that matches decides. Built-in commands are always allowed, but to users from outside whom no rule lets
   * in. Of whom nothing is proven, they may run only what a rule lets `anonymous` run, `/help`, and what is for anyone.
   */
  evaluate(compiled: CompiledCommand, who: Subject): Decision
  /** The same, with the rules that were skipped. */
  explain(compiled: CompiledCommand, who: Subject): Decision & { readonly passed: readonly SkippedRule[] }
  /** The names that rules have for commands, and no command has. */
  unusedRules(entries: readonly CompiledCommand[]): readonly { readonly line: number; readonly name: string }[]
}

const conditions = ['users', 'roles', 'rooms', 'tenants', 'from'] as const
type Condition = (typeof conditions)[number]

/** Prepares rules, so that a call costs only those that are about its command. */
export function createPolicy(
  rules: readonly Rule[] = [],
  otherwise: 'allow' | 'deny' = 'allow',
  file?: string,
): Policy {
  // A rule has what the operator wrote: a condition that a prototype lent it would open what he closed.
  const prepared = rules.map((rule) => ({ rule: ownOnly(rule), names: rule.commands.map(toPattern) }))
  // An entry is made anew when its file is: what was found for the old one goes with it.
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

  /** Whether there is anything that a user from outside may run here. */
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

/** Whether it is for people of whom nothing is proven too; what they were asked back, they may answer. */
function isForAnyone({ builtIn, name, answers, command }: CompiledCommand): boolean {
  return builtIn ? name === 'help' || answers !== undefined : command.allow === 'anyone'
}

/** The policy of an operator who has none. */
export const noPolicy: Policy = createPolicy()

/** Says what is in force, in a few words. */
export function describePolicy({ file, rules, otherwise }: Policy): string {
  if (file === undefined) return 'policy: none, every command is for whom its file allows'
  return `policy: ${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}, default ${otherwise}`
}

/**
 * Whether a list of rooms holds this one: by its id or the id of what it is a thread of, or by name where it is written
 * `#name` and not everybody could have given it that name.
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

/** Who is from nowhere in particular is from the tenant itself. */
function isFrom(from: readonly string[], user: User, tenant: Tenant): boolean {
  if (user.external && from.includes('external')) return true
  const home = Object.hasOwn(user, 'tenant') ? user.tenant : user.external ? undefined : tenant.id
  return home !== undefined && from.includes(home)
}
