import { reasonOf } from '../../delivery/retry-rule.js'
import type { Installation } from '../../model/installation.js'
import type { ReplyTarget } from '../../model/schedule.js'
import { asRecord, parseObject, readText } from '../../shared/json.js'
import type { Installations } from '../../stores/installations.js'
import { searchAll } from '../scatter-gather.js'
import type { Api, Scope } from './api.js'
import { toTarget } from './proactive-rooms.js'
import type { RoomNames } from './room-names.js'
import { name, readId } from './wire.js'

/** What finding rooms needs. */
export interface FindRoomsDeps {
  readonly installations: Pick<Installations, 'list'>
  readonly api: Pick<Api, 'call'>
  readonly names: RoomNames
}

/**
 * Creates a function that finds rooms by number or name. A single-room installation has only its room; for a group, the
 * server is asked. It needs a scope to show a room; without it, the room's administration API still confirms that the room
 * exists, and its name is known once a message came from it.
 */
export function createFindRooms({ installations, api, names }: FindRoomsDeps) {
  return async function* findRooms(idOrName: string): AsyncGenerator<ReplyTarget> {
    if (!mayBeRoom.test(idOrName) || !readId(idOrName)) return
    const given = new Set<string>() // a group and one of its rooms may both have installed the bot
    for await (const target of searchAll(installations.list(name), (one) => find(one, idOrName))) {
      const key = `${target.tenant.id}/${target.room.id}`
      if (!given.has(key)) yield target
      given.add(key)
    }
  }

  async function find(installation: Installation, wanted: string): Promise<ReplyTarget | undefined> {
    const own = readId(installation.details['roomId'])
    const room = own ? await findOwn(installation, own, wanted) : await findInGroup(installation, wanted)
    return room && toTarget(installation, room)
  }

  async function findOwn(installation: Installation, id: string, wanted: string): Promise<FoundRoom | undefined> {
    const known = await names.find({ installationId: installation.id, roomId: id })
    if (known !== undefined && !isCalled({ id, name: known }, wanted)) return undefined
    const scope = viewScopeOf(installation)
    const room = scope ? await view(installation, id, scope) : { id, name: known ?? id }
    return room && isCalled(room, wanted) ? room : undefined
  }

  async function findInGroup(installation: Installation, wanted: string): Promise<FoundRoom | undefined> {
    const scope = viewScopeOf(installation)
    if (scope) return await view(installation, wanted, scope)
    if (hasScope(installation, 'admin_room')) return await probe(installation, wanted)
    const known = await names.find({ installationId: installation.id, roomId: wanted })
    return known === undefined ? (await names.search(installation.id, wanted))[0] : { id: wanted, name: known }
  }

  async function view(installation: Installation, wanted: string, scope: Scope): Promise<FoundRoom | undefined> {
    const sent = await ask(installation, { scope, roomId: wanted, path: '' })
    const [id, roomName] = [readId(sent?.['id']), readText(sent?.['name'])]
    if (!id || !roomName || sent?.['is_archived'] === true) return undefined
    await names.note({ installationId: installation.id, roomId: id }, roomName, dayMs)
    return { id, name: roomName }
  }

  /** The address in the list of a room's webhooks identifies the room. */
  async function probe(installation: Installation, wanted: string): Promise<FoundRoom | undefined> {
    const sent = await ask(installation, { scope: 'admin_room', roomId: wanted, path: 'webhook?max-results=1' })
    if (!sent) return undefined
    const self = readText(asRecord(sent['links'])['self']) ?? ''
    const id = /\/room\/(\d{1,20})\/webhook/.exec(self)?.[1] ?? wanted
    return { id, name: (await names.find({ installationId: installation.id, roomId: id })) ?? wanted }
  }

  /** A room that is missing or belongs to others is skipped. */
  async function ask(installation: Installation, call: Asked): Promise<Record<string, unknown> | undefined> {
    try {
      return parseObject((await api.call(installation, { ...call, method: 'GET' })).body)
    } catch (error) {
      if (unseen.has(reasonOf(error))) return undefined
      throw error
    }
  }
}

interface FoundRoom {
  readonly id: string
  readonly name: string
}

interface Asked {
  readonly scope: Scope
  readonly roomId: string
  readonly path: string
}

/** The longest room name. */
const mayBeRoom = /^(?=.*\S).{1,50}$/u
/** How long a name is valid without a message from the room. */
const dayMs = 24 * 3_600_000
const unseen = new Set<unknown>([403, 404])

function isCalled(room: FoundRoom, wanted: string): boolean {
  return room.id === wanted || room.name.toLowerCase() === wanted.toLowerCase()
}

function viewScopeOf(installation: Installation): Scope | undefined {
  return (['view_room', 'view_group'] as const).find((scope) => hasScope(installation, scope))
}

function hasScope({ details: { scopes } }: Installation, scope: Scope): boolean {
  return Array.isArray(scopes) && scopes.includes(scope)
}
