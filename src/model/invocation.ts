import type { Notification } from './notification.js'

/** A person in a room. Only `id`, `handle` and `roles` are proof of identity. */
export interface User {
  readonly id: string
  /** Display name, which people choose themselves. */
  readonly name: string
  /** What to type after `@` to mention them. On many platforms people choose it, and it isn't unique. */
  readonly mention?: string | undefined
  /** Their unique name on the platform, if there is one and the request proves it. */
  readonly handle?: string | undefined
  /** Roles confirmed by the platform, like `admin`. */
  readonly roles?: readonly string[]
  /** Id of their own tenant, if the platform reports it; on Slack, their workspace. */
  readonly tenant?: string | undefined
  /**
   * True if they are from outside the tenant that has the bot, like people from another company in a shared channel. They
   * can run only what the policy allows, and can't confirm other people's commands.
   */
  readonly external?: boolean | undefined
  /**
   * True if the id is only a name and where it was used: a person can have several, and someone else can take it later. They
   * can't confirm other people's commands, and nobody else can confirm theirs.
   */
  readonly unproven?: boolean | undefined
}

/** The user's own roles as vouched for by the platform, without inherited properties. */
export function rolesOf(user: User): readonly string[] {
  return (Object.hasOwn(user, 'roles') ? user.roles : undefined) ?? []
}

/** The id of every user whom a request proves nothing about: only rules that name it let them in. */
export const anonymousId = 'anonymous'

/** Whether nothing proves who it is. */
export function isAnonymous({ id }: Pick<User, 'id'>): boolean {
  return id === anonymousId
}

/** A room, channel, thread or direct conversation. */
export interface Room {
  readonly id: string
  readonly name: string
  /** For a thread, the id of the room that it belongs to. The room's rules apply to it. */
  readonly parent?: string | undefined
  /** True if anyone in it can name it. Rules then don't match it by name. */
  readonly untrustedName?: boolean | undefined
}

/** The organization that installed the bot: a group, workspace or guild. */
export interface Tenant {
  readonly id: string
  readonly name?: string
}

/** A slash command as someone typed it. Plain JSON. */
export interface Invocation {
  /** Identifies the message. It stays the same when the platform delivers the message again, so that it runs once. */
  readonly id: string
  /** The platform's name, like `hipchat`. */
  readonly platform: string
  /** Id of the verified installation that the request came from. */
  readonly installation: string
  readonly tenant: Tenant
  readonly room: Room
  readonly user: User
  /** The whole line as typed, like `/deploy status --env prod`. */
  readonly text: string
  /** The people mentioned in the line, according to the platform. */
  readonly mentions: readonly User[]
  /** When it was typed, in milliseconds since 1970. */
  readonly at: number
  /** Where replies go. Opaque: only the platform that created it can read it. */
  readonly replyTo: unknown
  /** The command whose schedule started this, if no user did. A request can't set it. */
  readonly scheduled?: string | undefined
  /** The notification to post, if this isn't a command. A platform's request can't set it. */
  readonly notification?: Notification | undefined
}

/** Whether somebody typed it: schedules and notifications have no caller. */
export function hasCaller({ scheduled, notification }: Invocation): boolean {
  return scheduled === undefined && notification === undefined
}
