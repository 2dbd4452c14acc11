import type { Reply } from '../../model/reply.js'
import { shortHash } from '../../shared/crypto.js'
import { createMentionGuard } from '../../shared/mention-guard.js'
import type { Post, SenderRequest } from '../endpoint.js'
import type { Sender } from '../sender.js'
import { invalid, readString } from './members.js'
import type { Fields } from './request-fields.js'

/** What a sender says, and where. */
export interface Said {
  readonly room: string | undefined
  readonly reply: Reply
}

/** A post with its keys, from the headers or the fields. Throws RefusedError. */
export function toPost({ headers }: SenderRequest, fields: Fields, sender: Sender, { room, reply }: Said): Post {
  const key = readKey(headers['slashroom-key'], 'Slashroom-Key') ?? readKey(readString(fields, 'key'), 'key')
  return {
    room,
    reply: sender.mentions ? reply : calm(reply),
    key,
    idempotencyKey: readKey(headers['idempotency-key'], 'Idempotency-Key'),
    fingerprint: shortHash(JSON.stringify([room ?? null, reply, key ?? null])),
  }
}

function readKey(given: string | string[] | undefined, name: string): string | undefined {
  const key = String(given ?? '').trim()
  if (key === '') return undefined
  return key.length <= longestKey ? key : invalid(`${name} must not be longer than ${longestKey} characters.`)
}

const longestKey = 255

/** Disarms mentions of a whole room on any platform; `notify` may still make a sound. */
function calm(reply: Reply): Reply {
  if (reply.kind === 'text') return { ...reply, text: guard(reply.text) }
  if (reply.kind === 'file') return reply
  const { fields, buttons, ...card } = reply.card
  return {
    ...reply,
    card: {
      ...calmMembers(card, ['title', 'text']),
      ...(fields && { fields: fields.map((field) => calmMembers(field, ['label', 'value'])) }),
      ...(buttons && { buttons: buttons.map((button) => calmMembers(button, ['label'])) }),
    },
  }
}

function calmMembers<Part extends object>(part: Part, names: readonly (keyof Part)[]): Part {
  const texts = names.flatMap((name) => {
    const text = part[name]
    return typeof text === 'string' ? [[name, guard(text)]] : []
  })
  return { ...part, ...Object.fromEntries(texts) }
}

const guard = createMentionGuard(['all', 'here', 'channel', 'everyone', 'room'])
