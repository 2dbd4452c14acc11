import type { Invocation } from '../model/invocation.js'
import { RecordMap } from '../shared/gc-friendly-collections.js'

/** How many calls of one person, one command and one tenant may run, and how many of a person's and a tenant's may wait. */
export interface ShareLimits {
  readonly running: { readonly person: number; readonly command: number; readonly tenant: number }
  /** Those on their way out count too: they take a place of the queue as well. */
  readonly waiting: { readonly person: number; readonly tenant: number }
}

/** Nobody is held back. */
export const unlimitedShares: ShareLimits = {
  running: { person: Number.POSITIVE_INFINITY, command: Number.POSITIVE_INFINITY, tenant: Number.POSITIVE_INFINITY },
  waiting: { person: Number.POSITIVE_INFINITY, tenant: Number.POSITIVE_INFINITY },
}

/** Whose share of what runs it is that somebody waits for. */
export type ShareOwner = 'person' | 'command' | 'tenant'

/** Whose share of what waits is used up, so that a call is told so and not run. */
export interface OverShare {
  readonly owner: 'person' | 'tenant'
  /** How many wait. */
  readonly limit: number
  /** False where enough notices for them are on their way: those say so for this call too. */
  readonly hasNotice: boolean
}

/** A tenant's or a person's position in a queue. */
export interface Seat {
  /** Joins the queue, unless it is queued already or has nothing that waits. */
  lineUp(): void
}

/** A person, a command or a tenant, and what each has open in this process. It lives as long as it has anything open. */
export interface Party {
  readonly maxRunning: number
  readonly maxWaiting: number
  running: number
  waiting: number
  /** Calls that were over the share and are told so. */
  notices: number
  /** Where it came first while it could not run more: queued again when one of its calls ends. */
  readonly skipped: Seat[]
}

/** Who gave an installation, with its people. */
export interface TenantParty extends Party {
  readonly key: string
  readonly people: RecordMap<PersonParty>
}

/** Somebody in a tenant; whoever does this elsewhere is another. */
export interface PersonParty extends Party {
  readonly id: string
  readonly tenant: TenantParty
}

/** A command, under its name. */
export interface CommandParty extends Party {
  readonly name: string
}

/** Of whom a call is. */
export interface Parties {
  readonly person: PersonParty
  readonly command: CommandParty
}

/** What a call takes a share of at the moment. */
export type ShareKind = 'running' | 'waiting' | 'notices'

/** Counts who has what open. Every operation takes constant time. */
export interface Shares {
  /** Those whose shares a call of this command takes. */
  find(invocation: Invocation, command: string): Parties
  mayRun(parties: Parties): boolean
  /** Whose share of what waits is used up, if anybody's is. */
  overShare(parties: Parties): OverShare | undefined
  take(parties: Parties, kind: ShareKind): void
  giveBack(parties: Parties, kind: ShareKind): void
}

/** Creates the count. */
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
    // What is scheduled nobody typed: it may be for many rooms at once, and has the tenant's and the command's share.
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
      // As many notices at a time as calls: what tells of a flood must not become one.
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

/** Whether no more of its calls may run now. */
export function isFull({ running, maxRunning }: Party): boolean {
  return running >= maxRunning
}

function lineUpAgain({ skipped }: Party): void {
  if (skipped.length > 0) for (const seat of skipped.splice(0)) seat.lineUp()
}

function isIdle({ running, waiting, notices }: Party): boolean {
  return running === 0 && waiting === 0 && notices === 0
}

/** Nobody's id begins so: what comes from outside holds no such character. */
const bySchedule = '\u0000schedule'
