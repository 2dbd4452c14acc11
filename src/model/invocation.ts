import type { Notification } from './notification.js'

/** Somebody in a room. Only the id, the handle and the roles are proof of who it is. */
export interface User {
  readonly id: string
  /** What they are called: people choose it. */
  readonly name: string
  /** What others type after `@` to reach them. On many platforms people choose it, and several may have the same. */
  readonly mention?: string | undefined
  /** The platform's own name for them that nobody else has, where there is one and the request proves it. */
  readonly handle?: string | undefined
  /** Roles that the platform vouches for, such as `admin`. */
  readonly roles?: readonly string[]
  /** Id of the tenant that they are from, where the platform says so: in Slack the workspace of theirs. */
  readonly tenant?: string | undefined
  /**
   * True if they are from outside of the tenant that has the bot, as people of another company in a shared channel. They
   * may run what the operator's policy lets them in for, and never give the second yes of an approval.
   */
  readonly external?: boolean | undefined
  /**
   * True where the id is no more than a name and where it was used: somebody may have several, and another may have it next.
   * Theirs is never the second yes of an approval, nor may anybody give it to them.
   */
  readonly unproven?: boolean | undefined
}

/** The roles that the platform vouches for: the user's own, and none that a prototype lends to everybody. */
export function rolesOf(user: User): readonly string[] {
  return (Object.hasOwn(user, 'roles') ? user.roles : undefined) ?? []
}

/** The id of every user of whom a request proves nothing: rules that name it are all that lets them in. */
export const anonymousId = 'anonymous'

/** Whether nothing proves who it is. */
export function isAnonymous({ id }: Pick<User, 'id'>): boolean {
  return id === anonymousId
}

/** Where people talk. */
export interface Room {
  readonly id: string
  readonly name: string
  /** Of a thread, the id of the room that it belongs to: what holds there holds here. */
  readonly parent?: string | undefined
  /** True where whoever talks there may have named it: no rule knows it by its name. */
  readonly untrustedName?: boolean | undefined
}

/** Who gave the installation: a group, workspace or guild. */
export interface Tenant {
  readonly id: string
  readonly name?: string
}

/** One slash command as someone typed it. It is plain JSON: the journal keeps it as it stands. */
export interface Invocation {
  /** The same message has the same id, however often it is delivered: it is what makes "once" once. */
  readonly id: string
  /** The platform's name, such as `hipchat`. */
  readonly platform: string
  /** Id of the installation that the request was proven to come from. */
  readonly installation: string
  readonly tenant: Tenant
  readonly room: Room
  readonly user: User
  /** The whole line, as typed: `/deploy status --env prod`. */
  readonly text: string
  /** People whom the platform says the line mentions. */
  readonly mentions: readonly User[]
  /** When it was typed, in milliseconds since 1970. */
  readonly at: number
  /** An opaque string: only the platform that wrote it reads it. */
  readonly replyTo: unknown
  /** The command whose schedule caused it, if no user did. No request can claim this. */
  readonly scheduled?: string | undefined
  /** What a sender posts, if this is no call. No request of a platform can claim this. */
  readonly notification?: Notification | undefined
}

/** Whether somebody typed it: what is scheduled or posted has no caller. */
export function hasCaller({ scheduled, notification }: Invocation): boolean {
  return scheduled === undefined && notification === undefined
}
