import { asRecord, isRecord, parseJson, parseObject, readText } from '../../shared/json.js'
import { refuseBody } from '../invalid-body.js'

/** The platform's name, and the first part of its addresses. */
export const name = 'discord'

/** The longest text of a message. https://discord.com/developers/docs/resources/message#create-message */
export const textLimit = 2_000

/** The longest description of an embed. https://discord.com/developers/docs/resources/message#embed-object-embed-limits */
export const longestDescription = 4_096

/** How long an interaction's token is valid. */
export const tokenLifeMs = 15 * 60_000

/** The types of interactions. https://discord.com/developers/docs/interactions/receiving-and-responding#interaction-object */
export const interactionType = { ping: 1, command: 2, component: 3, autocomplete: 4, modal: 5 } as const

/** The types of immediate responses. */
export const callbackType = { pong: 1, message: 4, deferred: 5, choices: 8 } as const

/** The types of options; the first two contain further options. */
export const optionType = {
  subcommand: 1,
  group: 2,
  string: 3,
  integer: 4,
  boolean: 5,
  user: 6,
  channel: 7,
  number: 10,
} as const

/** Announcement, public and private threads. https://discord.com/developers/docs/resources/channel#channel-object-channel-types */
export const threadTypes: ReadonlySet<unknown> = new Set([10, 11, 12])

/** Text and announcement channels. Bots often create voice channels under names that users choose. */
export const namedTypes: ReadonlySet<unknown> = new Set([0, 5])

/** A message's flag: only the caller sees it. */
export const ephemeral = 64

/** An interaction; missing or malformed values are undefined. */
export interface Interaction {
  readonly id: string | undefined
  readonly application_id: unknown
  readonly type: unknown
  readonly token: string | undefined
  readonly guild_id: string | undefined
  readonly channel_id: string | undefined
  readonly channel: Channel
  /** Who installed the application: `0` for a guild, `1` for a user. */
  readonly owners: Readonly<Record<string, unknown>> | undefined
  readonly member: Member | undefined
  readonly user: Person | undefined
  readonly data: InteractionData
}

/** The chosen command, pressed button or typed text. */
export interface InteractionData {
  /** The kind of command: 1 is a slash command. */
  readonly type?: unknown
  readonly name?: unknown
  readonly options?: readonly GivenOption[]
  readonly resolved?: Resolved
  readonly custom_id?: unknown
}

/** An option; for a subcommand, its own options. */
export interface GivenOption {
  readonly name?: unknown
  readonly type?: unknown
  readonly value?: unknown
  readonly focused?: unknown
  readonly options?: readonly GivenOption[]
}

/** The objects for ids in options. */
export interface Resolved {
  readonly users?: Readonly<Record<string, Person>>
  readonly members?: Readonly<Record<string, Member>>
  readonly channels?: Readonly<Record<string, { readonly name?: unknown }>>
}

/** The channel. https://discord.com/developers/docs/resources/channel#channel-object */
export interface Channel {
  readonly id: string | undefined
  readonly name: string | undefined
  readonly type: unknown
  /** A thread's channel, or a channel's category. */
  readonly parent_id: string | undefined
}

/** A guild member. */
export interface Member {
  /** Undefined in resolved data, where it is in `users`. */
  readonly user: Person | undefined
  readonly nick: string | undefined
  readonly roles: readonly string[]
  readonly permissions: string | undefined
}

/** A user. */
export interface Person {
  readonly id: string | undefined
  readonly username: string | undefined
  readonly global_name: string | undefined
  /** Distinguished equal user names before they became unique; `0` since then. */
  readonly discriminator: string | undefined
}

/** The contents of an invocation's `replyTo`. */
export interface ReplyTo {
  readonly channelId: string
  /** The interaction's token, encrypted if possible: anyone who has it can post here. */
  readonly token: string
  readonly sealed: boolean
  /** When the token expires, by this machine's clock. */
  readonly until: number
  /** Whether the response was deferred for the caller only. */
  readonly hidden: boolean
}

/** A message's body. https://discord.com/developers/docs/resources/message */
export interface Message {
  readonly content: string
  readonly embeds: readonly Embed[]
  readonly components: readonly Row[]
  readonly allowed_mentions: { readonly parse: readonly 'everyone'[]; readonly users?: readonly string[] }
  readonly flags?: number
}

/** A card. https://discord.com/developers/docs/resources/message#embed-object */
export interface Embed {
  readonly title?: string
  readonly description?: string
  readonly url?: string
  readonly color?: number
  readonly image?: { readonly url: string }
  readonly thumbnail?: { readonly url: string }
  readonly fields?: readonly { readonly name: string; readonly value: string; readonly inline: boolean }[]
}

/** A row of up to five buttons. https://discord.com/developers/docs/components/reference */
export interface Row {
  readonly type: 1
  readonly components: readonly Button[]
}

/** A button: sends its `custom_id` back, or opens its `url`. */
export interface Button {
  readonly type: 2
  readonly style: 1 | 2 | 3 | 4 | 5
  readonly label: string
  readonly custom_id?: string
  readonly url?: string
}

/** A file that goes with a message. */
export interface Attachment {
  readonly name: string
  readonly type: string
  readonly bytes: Uint8Array
}

/** A slash command as it is registered. https://discord.com/developers/docs/interactions/application-commands */
export interface ApplicationCommand {
  readonly name: string
  readonly description: string
  readonly options?: readonly CommandOption[]
}

/** An option, or a subcommand, as it is registered. */
export interface CommandOption {
  readonly type: number
  readonly name: string
  readonly description: string
  readonly required?: boolean
  readonly choices?: readonly Choice[]
  readonly autocomplete?: boolean
  readonly min_value?: number
  readonly max_value?: number
  readonly min_length?: number
  readonly max_length?: number
  readonly options?: readonly CommandOption[]
}

/** What can be chosen for an option. */
export interface Choice {
  readonly name: string
  readonly value: string
}

/** Reads a webhook's body. Throws HttpError if it is not a JSON object. */
export function readInteraction(body: Buffer): Interaction {
  const sent = parseObject(body) ?? refuseBody()
  const { id, application_id, type, token, guild_id, channel_id, channel, member, user, data } = sent
  const { authorizing_integration_owners: owners } = sent
  const room = asRecord(channel)
  return {
    id: readId(id),
    application_id,
    type,
    token: readText(token),
    guild_id: readId(guild_id),
    channel_id: readId(channel_id),
    channel: {
      id: readId(room['id']),
      name: readText(room['name']),
      type: room['type'],
      parent_id: readId(room['parent_id']),
    },
    owners: isRecord(owners) ? owners : undefined,
    member: isRecord(member) ? readMember(member) : undefined,
    user: isRecord(user) ? readPerson(user) : undefined,
    data: isRecord(data) ? readData(data) : {},
  }
}

/** A JSON list of objects; undefined if it is not one. */
export function parseList(bytes: Buffer): readonly Record<string, unknown>[] | undefined {
  const parsed = parseJson(bytes)
  return Array.isArray(parsed) ? parsed.filter(isRecord) : undefined
}

/** Ids are long numbers as strings; stand-ins for the service may use others that are safe in a path. */
export function readId(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w-]{1,64}$/.test(value) ? value : undefined
}

function readMember({ user, nick, roles, permissions }: Record<string, unknown>): Member {
  return {
    user: isRecord(user) ? readPerson(user) : undefined,
    nick: readText(nick),
    roles: Array.isArray(roles) ? roles.flatMap((role) => readId(role) ?? []) : [],
    permissions: readText(permissions),
  }
}

function readPerson({ id, username, global_name, discriminator }: Record<string, unknown>): Person {
  return {
    id: readId(id),
    username: readText(username),
    global_name: readText(global_name),
    discriminator: readText(discriminator),
  }
}

function readData({ options, resolved, ...rest }: Record<string, unknown>): InteractionData {
  return {
    ...rest,
    options: readOptions(options, 0),
    ...(isRecord(resolved) ? { resolved: readResolved(resolved) } : {}),
  }
}

/** Groups, subcommands, options: the deepest nesting. */
function readOptions(options: unknown, depth: number): readonly GivenOption[] {
  if (!Array.isArray(options) || depth > 2) return []
  return options.filter(isRecord).map((one) => ({ ...one, options: readOptions(one['options'], depth + 1) }))
}

function readResolved({ users, members, channels }: Record<string, unknown>): Resolved {
  return {
    users: readEach(users, readPerson),
    members: readEach(members, readMember),
    channels: readEach(channels, (channel) => channel),
  }
}

/** The objects under ids, without inherited properties. */
function readEach<Value>(value: unknown, read: (one: Record<string, unknown>) => Value): Record<string, Value> {
  const known = Object.entries(asRecord(value)).flatMap(([id, one]) =>
    readId(id) && isRecord(one) ? [[id, read(one)]] : [],
  )
  return Object.assign(Object.create(null), Object.fromEntries(known))
}
