import { randomInt } from 'node:crypto'
import type { Invocation, User } from '../model/invocation.js'
import type { AnswerTexts } from '../parsing/parse-options.js'
import type { Store } from '../stores/store.js'
import { encodeId } from '../stores/tenant-store.js'

/** A call that waits for an answer. Plain JSON: it outlives the process, and any process may resume it. */
export interface PendingCall {
  /** The option that is asked for; undefined for a confirmation. */
  readonly option?: string
  /** The id of the call's invocation. */
  readonly id: string
  readonly text: string
  readonly user: User
  readonly mentions: readonly User[]
  readonly room: string
  /** Answers to earlier prompts, by option. */
  readonly answers: AnswerTexts
  /** The deadline for an answer, in milliseconds since 1970. */
  readonly until: number
}

/** Calls that wait for an answer, each under a code that only works in its tenant. */
export interface PendingCalls {
  /** Stores a call and resolves with its code. */
  add(invocation: Invocation, answers: AnswerTexts, option?: string): Promise<string>
  /** The call under a code that was typed here: it must be the room of the prompt. */
  find(code: string, invocation: Invocation): Promise<PendingCall | undefined>
  /** Whether this answer is the first, across all processes. */
  claim(code: string, invocation: Invocation): Promise<boolean>
}

/** How long a prompt can be answered. */
export const answerMs = 5 * 60_000

/** Keeps waiting calls in `store`. */
export function createPendingCalls(store: Store, now: () => number): PendingCalls {
  return {
    async add({ id, text, user, mentions, room, ...where }, answers, option) {
      const asked = { id, text, user, mentions, room: room.id, answers, until: now() + answerMs }
      const pending: PendingCall = option === undefined ? asked : { option, ...asked }
      for (let tries = 0; tries < 20; tries++) {
        const code = makeCode()
        if (await store.add(keyOf(where, code), pending, { ttlMs: keptMs })) return code
      }
      throw new Error('No free confirmation code.')
    },
    async find(code, invocation) {
      const pending = (await store.get(keyOf(invocation, code))) as PendingCall | undefined
      return pending?.room === invocation.room.id ? pending : undefined
    },
    async claim(code, invocation) {
      return await store.add(`${keyOf(invocation, code)}/taken`, invocation.id, { ttlMs: keptMs })
    },
  }
}

/** Longer than it can be answered, so that late answers get a message. */
const keptMs = 15 * 60_000

/** No vowels, to avoid words, and no characters that look alike. */
const signs = '2346789CDFGHJKMNPQRTVWXY'

/** Four characters: only the named users in the room can answer, so guessing a code gains nothing. */
function makeCode(): string {
  return Array.from({ length: 4 }, () => signs.charAt(randomInt(signs.length))).join('')
}

/** By tenant: if a group and its room both have an installation, the answer may arrive through the other one. */
function keyOf({ platform, tenant }: Pick<Invocation, 'platform' | 'tenant'>, code: string): string {
  return `asked/${encodeId(platform)}/${encodeId(tenant.id)}/${normal(code)}`
}

function normal(code: string): string {
  return code
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\dA-Z]/g, '')
    .slice(0, 8)
}
