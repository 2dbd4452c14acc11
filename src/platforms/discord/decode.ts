import type { Encryptor } from '../../model/encryptor.js'
import type { Installation } from '../../model/installation.js'
import type { Room, User } from '../../model/invocation.js'
import { shortHash } from '../../shared/crypto.js'
import { readText } from '../../shared/json.js'
import type { Ack, DecodedRequest, Verified } from '../platform.js'
import { readButton } from './buttons.js'
import { suggest } from './commands/autocomplete.js'
import { type FindCommand, findOption } from './commands/find-command.js'
import { interactionToLine, readInteractionOptions } from './commands/interaction-to-line.js'
import { encodeReplyTo } from './reply-target.js'
import type { Interaction, InteractionData, Member, Person } from './wire.js'
import { callbackType, ephemeral, interactionType, name, namedTypes, threadTypes } from './wire.js'

/** What decoding needs. */
export interface DecodeDeps {
  readonly findCommand: FindCommand
  /** Encrypts the interaction's token in the journal; if left out, it is stored in plain text. */
  readonly encryptor?: Encryptor
}

/** Creates the decoder: slash commands and buttons are answered later, everything else in the ack. */
export function createDecode({ findCommand, encryptor }: DecodeDeps) {
  return ({ installation, payload, receivedAt }: Verified<Interaction>): DecodedRequest => {
    const { id: interactionId, type, token, data } = payload
    // Roles count only in the installation's own guild.
    const member = payload.guild_id === installation.id ? payload.member : undefined
    if (type === interactionType.ping) return { ack: ackOf(callbackType.pong) }
    if (type === interactionType.autocomplete) {
      return { ack: ackOf(callbackType.choices, { choices: suggest(data, findCommand) }) }
    }
    const text = readLine(type, data)
    const person = payload.member?.user ?? payload.user
    if (!text || !token || !interactionId || !person?.id) return { ack: notOurs }

    const channelId = readRoom(payload, installation)
    const id = shortHash(name, installation.id, interactionId)
    const hidden = isForCallerAlone(text) || (type === interactionType.command && asksFirst(data))
    return {
      ack: ackOf(callbackType.deferred, hidden ? { flags: ephemeral } : undefined),
      invocation: {
        id,
        platform: name,
        installation: installation.id,
        tenant: installation.tenant,
        room: toRoom(channelId, payload, installation),
        user: toCaller(person.id, person, member),
        text,
        mentions: toMentions(data.resolved),
        at: whenTyped(interactionId, receivedAt),
        replyTo: encodeReplyTo({ token, channelId, hidden, receivedAt }, id, encryptor),
      },
    }
  }

  /** A command that the caller must confirm starts with a private question. */
  function asksFirst(data: InteractionData): boolean {
    const confirm = findCommand(readInteractionOptions(data).path)?.command.confirm
    return typeof confirm === 'object' ? confirm.by === undefined : Boolean(confirm)
  }

  function readLine(type: unknown, data: InteractionData): string | undefined {
    if (type === interactionType.component) return readButton(data.custom_id)
    if (type !== interactionType.command || (data.type ?? 1) !== 1 || !readText(data.name)) return undefined
    const chosen = readInteractionOptions(data)
    const command = findCommand(chosen.path)
    return interactionToLine(chosen, data.resolved ?? {}, (option) => findOption(command, option)?.many === true)
  }
}

/**
 * Only channels of the installation's guild have a trusted name, because setting it takes a permission. Users can name threads
 * and group chats freely.
 */
function toRoom(id: string, { channel, guild_id }: Interaction, installation: Installation): Room {
  const { name: roomName = id, type, parent_id: parent } = channel
  if (guild_id === installation.id && namedTypes.has(type)) return { id, name: roomName }
  if (parent && threadTypes.has(type)) return { id, name: roomName, untrustedName: true, parent }
  return { id, name: roomName, untrustedName: true }
}

/** Outside of rooms, the place is the caller's direct chat with the bot. */
function readRoom({ channel_id, channel }: Interaction, { id }: Installation): string {
  return channel_id ?? channel.id ?? id
}

function ackOf(type: number, data?: Readonly<Record<string, unknown>>): Ack {
  return { status: 200, body: data ? { type, data } : { type } }
}

/** Forms, context menu commands, outdated buttons: the user is told. */
const notOurs = ackOf(callbackType.message, { content: 'There is nothing behind this any more.', flags: ephemeral })

/**
 * The service must know now who will see the answer. Help and confirmations are always for the caller; everything else is
 * deferred publicly, and a whisper then gets its own message.
 */
function isForCallerAlone(text: string): boolean {
  return /^\/help(?:\s|$)/.test(text)
}

/** User names are unique once the discriminator is 0; display names are not. */
function toCaller(id: string, person: Person, member?: Member): User {
  const { username, discriminator = '0' } = person
  const caller: { -readonly [Part in keyof User]: User[Part] } = toUser(id, person, member)
  if (username && discriminator === '0') caller.handle = username
  return caller
}

function toUser(id: string, { username: mention, global_name }: Person, member?: Member): User {
  const roles = member ? rolesOf(member) : []
  return {
    id,
    name: member?.nick ?? global_name ?? mention ?? id,
    ...(mention ? { mention } : {}),
    ...(roles.length > 0 ? { roles } : {}),
  }
}

/** The guild's role ids, and `admin` for administrators. */
function rolesOf({ roles, permissions = '' }: Member): readonly string[] {
  const isAdmin = /^\d{1,20}$/.test(permissions) && (BigInt(permissions) & administrator) !== 0n
  return isAdmin ? ['admin', ...roles] : roles
}

/** https://discord.com/developers/docs/topics/permissions */
const administrator = 8n

function toMentions({ users = {}, members = {} }: NonNullable<InteractionData['resolved']> = {}): readonly User[] {
  return Object.entries(users).map(([id, person]) => toUser(id, person, members[id]))
}

/** An id contains its creation time. https://discord.com/developers/docs/reference#snowflakes */
function whenTyped(id: string, receivedAt: number): number {
  const at = /^\d{1,20}$/.test(id) ? Number(BigInt(id) >> 22n) + 1_420_070_400_000 : receivedAt
  return Math.abs(at - receivedAt) < 10 * 60_000 ? at : receivedAt // not such an id
}
