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
  /** Whether this is an administrator of the group; the first person is, where nothing is said. */
  isAdmin?: boolean
  /** True of those who are gone, whose messages stay. */
  isDeleted?: boolean
  /** The webhooks that were made with tokens of this person; none if left out. */
  webhooks?: Webhook[]
}

/** One thing that stands in a room, in the order of time. */
export interface RoomEntry {
  readonly id: string
  readonly date: string
  readonly kind: 'message' | 'notification' | 'topic' | 'notice' | 'private'
  readonly text: string
  /** The person who wrote it, where it was a person. */
  readonly userId?: number
  /** The one person who sees it, of a private message. */
  readonly toUserId?: number
  /** The name that it stands under, where no person wrote it. */
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

/** A webhook that an installation or a person listens with. */
export interface Webhook {
  readonly id: number
  readonly url: string
  readonly event: string
  readonly authentication: 'jwt' | 'none'
  readonly created: string
  readonly name?: string
  readonly key?: string
  readonly pattern?: string
  /** The one room that it is for; every room in reach, where none is named. */
  readonly roomId?: number
}

/** A module of the user interface that an installation put by REST, for one room or for all. */
export interface Extension {
  readonly kind: string
  readonly key: string
  readonly roomId?: number
  readonly content: Readonly<Record<string, unknown>>
}

/** Where an add-on wants to be told of its installations. */
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
  /** Where a browser may take a code for a person's token to. */
  redirectUrls?: readonly string[]
  /** What was put by REST: glances, dialogs and the like. */
  extensions?: Extension[]
  /** True until the browser has come back from the add-on's own set-up pages. */
  pending: boolean
}

/** An access token and for whom it acts: an installation, a person, or whoever posts into one room. */
export interface Token {
  readonly token: string
  /** A `code` and a `refresh` token only get another; they open nothing themselves. */
  readonly kind: 'addon' | 'user' | 'personal' | 'room_notification' | 'code' | 'refresh'
  readonly scopes: readonly string[]
  readonly expiresAt: number
  readonly oauthId?: string
  readonly userId?: number
  readonly roomId?: number
}

/** All that outlives the simulator's process. */
export interface State {
  readonly version: 1
  readonly group: { readonly id: number; readonly name: string }
  people: Person[]
  rooms: Room[]
  clients: Client[]
  tokens: Token[]
  /** Photos of people and avatars of rooms in base64, by the path that they are at: `user/3297240/photo`. */
  pictures?: Record<string, string>
  nextId: number
}

/** The state of a file, or `fresh` where there is none; a file that cannot be read is an error that names it. */
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

/** Keeps a state in a file, readable by its owner alone and replaced as a whole: soon after each change, or at once. */
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
