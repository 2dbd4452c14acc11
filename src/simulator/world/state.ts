import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { ifThere } from '../../shared/files.js'
import type { Card } from './notification.js'

/** Somebody with an account. */
export interface Person {
  readonly id: number
  name: string
  mentionName: string
  email: string
  timezone: string
  version: string
  title?: string
  /** Whether this is an administrator of the group; by default the first person. */
  isAdmin?: boolean
  /** True for removed people, whose messages stay. */
  isDeleted?: boolean
  /** The webhooks created with this person's tokens. */
  webhooks?: Webhook[]
}

/** An entry of a room's history. */
export interface RoomEntry {
  readonly id: string
  readonly date: string
  readonly kind: 'message' | 'notification' | 'topic' | 'notice' | 'private'
  readonly text: string
  /** Its author, if it was a person. */
  readonly userId?: number
  /** The only person who sees it, if it is private. */
  readonly toUserId?: number
  /** Its author's name, if it was not a person. */
  readonly from?: string
  readonly mentions?: readonly number[]
  readonly file?: SharedFile
  readonly color?: string
  readonly format?: 'html' | 'text'
  readonly notify?: boolean
  readonly attachTo?: string
  readonly card?: Card
  readonly sender?: { readonly type: 'addon'; readonly id: string; readonly client_id: string }
}

/** A file that came with a message. */
export interface SharedFile {
  readonly name: string
  readonly size: number
  readonly url: string
}

/** A room with what was said in it lately. */
export interface Room {
  readonly id: number
  readonly created: string
  ownerId: number
  /** Who may enter; everybody, in a public room. */
  members: number[]
  name: string
  privacy: 'public' | 'private'
  topic: string
  isArchived: boolean
  isGuestAccessible?: boolean
  delegatesAdmin?: boolean
  version: string
  history: RoomEntry[]
}

/** A webhook of an installation or a person. */
export interface Webhook {
  readonly id: number
  readonly url: string
  readonly event: string
  readonly authentication: 'jwt' | 'none'
  readonly created: string
  readonly name?: string
  readonly key?: string
  readonly pattern?: string
  /** The one room that it is for; by default every accessible room. */
  readonly roomId?: number
}

/** A user interface module that an installation registered by REST, for one or all rooms. */
export interface Extension {
  readonly kind: string
  readonly key: string
  readonly roomId?: number
  readonly content: Readonly<Record<string, unknown>>
}

/** Where an add-on is notified of installations. */
export interface Installable {
  readonly allowGlobal: boolean
  readonly allowRoom: boolean
  readonly callbackUrl?: string
  readonly updateCallbackUrl?: string
  readonly installedUrl?: string
  readonly updatedUrl?: string
  readonly uninstalledUrl?: string
}

/** An installation: one OAuth client with what its descriptor said. */
export interface Client {
  readonly oauthId: string
  readonly oauthSecret: string
  readonly descriptorUrl: string
  readonly installedAt: string
  readonly roomId?: number
  key: string
  name: string
  from: string
  avatar?: string
  scopes: string[]
  installable: Installable
  webhooks: Webhook[]
  /** Where a browser may be redirected with a code for a person's token. */
  redirectUrls?: readonly string[]
  /** Modules registered by REST: glances, dialogs and so on. */
  extensions?: Extension[]
  /** True until the browser has returned from the add-on's own pages. */
  pending: boolean
}

/** An access token, and whom it acts for: an installation, a person, or anyone who may post to one room. */
export interface Token {
  readonly token: string
  /** A `code` or `refresh` token can only be exchanged. */
  readonly kind: 'addon' | 'user' | 'personal' | 'room_notification' | 'code' | 'refresh'
  readonly scopes: readonly string[]
  readonly expiresAt: number
  readonly oauthId?: string
  readonly userId?: number
  readonly roomId?: number
}

/** Everything that is saved to the state file. */
export interface State {
  readonly version: 1
  readonly group: { readonly id: number; readonly name: string }
  people: Person[]
  rooms: Room[]
  clients: Client[]
  tokens: Token[]
  /** Photos and avatars in base64, by path: `user/3297240/photo`. */
  pictures?: Record<string, string>
  nextId: number
}

/** The state in a file, or `fresh` if it does not exist; throws an error with the path if it is unreadable. */
export function readState(file: string | undefined, fresh: () => State): State {
  const text = file === undefined ? undefined : ifThere(() => readFileSync(file, 'utf8'))
  if (text === undefined) return fresh()
  try {
    const state = JSON.parse(text) as State
    if (state.version !== 1 || !Array.isArray(state.rooms) || !Array.isArray(state.clients))
      throw new Error('not a state')
    return state
  } catch (error) {
    throw new Error(`${file} is not a simulator state file; delete it to start over`, { cause: error })
  }
}

/** Saves a state to a file, readable only by its owner and replaced atomically: soon after each change, or immediately. */
export function createStateFile(file: string | undefined, state: () => State, failed: (error: unknown) => void) {
  let timer: NodeJS.Timeout | undefined

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    if (file === undefined) return
    mkdirSync(dirname(file), { recursive: true })
    const fresh = `${file}.${process.pid}.tmp`
    writeFileSync(fresh, JSON.stringify(state()), { mode: 0o600, flush: true })
    renameSync(fresh, file)
  }

  function flushLater(): void {
    try {
      flush()
    } catch (error) {
      failed(error)
    }
  }

  return {
    flush,
    saveSoon(): void {
      if (file !== undefined) timer ??= setTimeout(flushLater, 250)
    },
  }
}
