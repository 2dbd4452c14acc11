import type { Invocation } from '../model/invocation.js'
import { RecordMap } from '../shared/gc-friendly-collections.js'

/** Limits on running calls per person, command and tenant, and on waiting calls per person and tenant. */
export interface ShareLimits {
  readonly running: { readonly person: number; readonly command: number; readonly tenant: number }
  /** Includes calls being delivered, because they take up room in the queue too. */
  readonly waiting: { readonly person: number; readonly tenant: number }
}

/** No limits. */
export const unlimitedShares: ShareLimits = {
  running: { person: Number.POSITIVE_INFINITY, command: Number.POSITIVE_INFINITY, tenant: Number.POSITIVE_INFINITY },
  waiting: { person: Number.POSITIVE_INFINITY, tenant: Number.POSITIVE_INFINITY },
}

/** Whose limit on running calls keeps a call waiting. */
export type ShareOwner = 'person' | 'command' | 'tenant'

/** Whose limit on waiting calls is reached, so that the call gets a notice instead of a run. */
export interface OverShare {
  readonly owner: 'person' | 'tenant'
  /** How many wait. */
  readonly limit: number
  /** False if enough notices for this owner are on their way; they cover this call too. */
  readonly hasNotice: boolean
}

/** The position of a tenant or person in a queue. */
export interface Seat {
  /** Joins the queue unless it is queued already or has nothing waiting. */
  lineUp(): void
}

/** The open calls of a person, command or tenant in this process. It exists as long as there are any. */
export interface Party {
  readonly maxRunning: number
  readonly maxWaiting: number
  running: number
  waiting: number
  /** Calls over the limit that get a notice. */
  notices: number
  /** The queue in which it was skipped at its limit: it is queued again when one of its calls ends. */
  readonly skipped: Seat[]
}

/** The owner of an installation, with its people. */
export interface TenantParty extends Party {
  readonly key: string
  readonly people: RecordMap<PersonParty>
}

/** A user within a tenant; the same id in another tenant is another person. */
export interface PersonParty extends Party {
  readonly id: string
  readonly tenant: TenantParty
}

/** A command, under its name. */
export interface CommandParty extends Party {
  readonly name: string
}

/** The owners whose shares a call counts against. */
export interface Parties {
  readonly person: PersonParty
  readonly command: CommandParty
}

/** Which count a call is part of. */
export type ShareKind = 'running' | 'waiting' | 'notices'

/** Counts open calls by owner. Every operation takes constant time. */
export interface Shares {
  /** The owners whose shares a call of this command counts against. */
  find(invocation: Invocation, command: string): Parties
  mayRun(parties: Parties): boolean
  /** Whose limit on waiting calls is reached, if any. */
  overShare(parties: Parties): OverShare | undefined
  take(parties: Parties, kind: ShareKind): void
  giveBack(parties: Parties, kind: ShareKind): void
}

/** Creates the counts. */
export function createShares(limits: ShareLimits): Shares {
  const tenants = new RecordMap<TenantParty>()
  const commands = new RecordMap<CommandParty>()

  function findTenant({ platform, tenant }: Invocation): TenantParty {
    const key = `${platform}/${tenant.id}`
    const known = tenants.get(key)
    if (known) return known
    const [maxRunning, maxWaiting] = [limits.running.tenant, limits.waiting.tenant]
    const people = new RecordMap<PersonParty>()
    const made = { key, people, maxRunning, maxWaiting, running: 0, waiting: 0, notices: 0, skipped: [] }
    tenants.set(key, made)
    return made
  }

  function findPerson(tenant: TenantParty, { user, scheduled }: Invocation): PersonParty {
    const id = scheduled === undefined ? user.id : bySchedule
    const known = tenant.people.get(id)
    if (known) return known
    // Nobody typed a scheduled call, and it may run in many rooms at once: only the tenant's and command's limits apply.
    const maxRunning = id === bySchedule ? Number.POSITIVE_INFINITY : limits.running.person
    const maxWaiting = id === bySchedule ? Number.POSITIVE_INFINITY : limits.waiting.person
    const made = { id, tenant, maxRunning, maxWaiting, running: 0, waiting: 0, notices: 0, skipped: [] }
    tenant.people.set(id, made)
    return made
  }

  function findCommand(name: string): CommandParty {
    const known = commands.get(name)
    if (known) return known
    const [maxRunning, maxWaiting] = [limits.running.command, Number.POSITIVE_INFINITY]
    const made = { name, maxRunning, maxWaiting, running: 0, waiting: 0, notices: 0, skipped: [] }
    commands.set(name, made)
    return made
  }

  return {
    find: (invocation, command) => ({
      person: findPerson(findTenant(invocation), invocation),
      command: findCommand(command),
    }),
    mayRun: ({ person, command }) => !isFull(person) && !isFull(person.tenant) && !isFull(command),
    overShare({ person }) {
      const { tenant } = person
      const over = person.waiting >= person.maxWaiting ? person : tenant
      if (over.waiting < over.maxWaiting) return undefined
      // At most as many notices as calls, so that the notices about a flood do not become one.
      const hasNotice = person.notices < person.maxRunning && tenant.notices < tenant.maxRunning
      return { owner: over === person ? 'person' : 'tenant', limit: over.maxWaiting, hasNotice }
    },
    take({ person, command }, kind) {
      person[kind]++
      person.tenant[kind]++
      command[kind]++
    },
    giveBack({ person, command }, kind) {
      const { tenant } = person
      person[kind]--
      tenant[kind]--
      command[kind]--
      if (kind === 'running') {
        lineUpAgain(person)
        lineUpAgain(tenant)
      }
      if (isIdle(person)) tenant.people.delete(person.id)
      if (isIdle(tenant)) tenants.delete(tenant.key)
      if (isIdle(command)) commands.delete(command.name)
    },
  }
}

/** Whether none of its calls may start now. */
export function isFull({ running, maxRunning }: Party): boolean {
  return running >= maxRunning
}

function lineUpAgain({ skipped }: Party): void {
  if (skipped.length > 0) for (const seat of skipped.splice(0)) seat.lineUp()
}

function isIdle({ running, waiting, notices }: Party): boolean {
  return running === 0 && waiting === 0 && notices === 0
}

/** No id begins like this, because ids contain no such character. */
const bySchedule = '\u0000schedule'
