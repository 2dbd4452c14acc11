import type { ReachableRoom, SenderRequest } from '../../endpoint.js'
import { invalid } from '../members.js'

/** The rooms that a sender can post to, in pages, in HipChat's format. */
export function listOf(rooms: readonly ReachableRoom[], { baseUrl = '', query }: SenderRequest): object {
  const start = readCount(query, 'start-index', 0)
  const most = Math.min(readCount(query, 'max-results', 100), 1_000)
  const page = (from: number) => `${baseUrl}/v2/room?start-index=${from}&max-results=${most}`
  return {
    items: rooms.slice(start, start + most).map((room) => showRoom(room, baseUrl)),
    startIndex: start,
    maxResults: most,
    links: {
      self: `${baseUrl}/v2/room`,
      ...(start > 0 ? { prev: page(Math.max(0, start - most)) } : {}),
      ...(most > 0 && start + most < rooms.length ? { next: page(start + most) } : {}),
    },
  }
}

/** One room, as far as it is known. */
export function showRoom(room: ReachableRoom, baseUrl = ''): object {
  const id = idOf(room)
  const self = `${baseUrl}/v2/room/${encodeURIComponent(id)}`
  return {
    id,
    name: room.name,
    topic: '',
    privacy: 'public',
    is_archived: false,
    is_guest_accessible: false,
    links: { self, webhooks: `${self}/webhook`, participants: `${self}/participant` },
  }
}

/** HipChat's ids are numbers; rooms of other platforms are listed by address. */
export function idOf({ platform, id, address }: ReachableRoom): string | number {
  return platform === 'hipchat' && /^\d{1,15}$/.test(id) ? Number(id) : address
}

function readCount(query: URLSearchParams, name: string, fallback: number): number {
  const given = query.get(name) || String(fallback)
  return /^\d{1,9}$/.test(given) ? Number(given) : invalid(`${name} must be a number.`)
}
