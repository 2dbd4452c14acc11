import { createFifo, type Fifo } from '../shared/fifo.js'
import { RecordMap } from '../shared/gc-friendly-collections.js'
import { isFull, type Parties, type Party, type Seat } from './fair-shares.js'

/** A waiting call: its owners and its room. */
export interface Waiting extends Parties {
  readonly room: string
}

/** A queue of waiting calls. Every operation takes amortized constant time. */
export interface FairQueue<Item extends Waiting> {
  add(item: Item): void
  /** The next call that may run by the limits of its person and tenant. */
  take(): Item | undefined
  /** Takes all calls. */
  takeAll(): readonly Item[]
  size(): number
  /** How many calls wait because of their tenant's or person's limit. Visits everybody, so use it for metrics only. */
  held(): { readonly person: number; readonly tenant: number }
}

/**
 * Creates a fair queue: round robin over tenants, then over a tenant's rooms, then over a room's people, each in the order
 * of arrival. Anyone at a limit is skipped and queued again when one of their calls has ended, so that nobody is visited
 * twice in vain.
 */
export function createFairQueue<Item extends Waiting>(): FairQueue<Item> {
  const seats = new RecordMap<TenantSeat<Item>>()
  const line = createFifo<TenantSeat<Item>>()
  let size = 0

  function forget(tenant: TenantSeat<Item>, person: PersonSeat<Item>): void {
    if (person.items.size() === 0) tenant.people.delete(person.id)
    if (tenant.size === 0) seats.delete(tenant.key)
  }

  return {
    add(item) {
      const { person } = item
      let tenant = seats.get(person.tenant.key)
      if (!tenant) {
        tenant = createTenantSeat(person.tenant.key, person.tenant, line)
        seats.set(tenant.key, tenant)
      }
      let seat = tenant.people.get(person.id)
      if (!seat) {
        seat = createPersonSeat(person.id, person, tenant)
        tenant.people.set(person.id, seat)
      }
      seat.items.add(item)
      tenant.size++
      size++
      seat.lineUp()
    },
    take() {
      for (let tenant = line.take(); tenant; tenant = line.take()) {
        tenant.standsInLine = false
        if (isFull(tenant.party)) {
          tenant.party.skipped.push(tenant)
          continue
        }
        const person = nextPerson(tenant)
        const item = person?.items.take()
        if (!person || !item) continue
        tenant.size--
        size--
        person.lineUp()
        tenant.lineUp()
        forget(tenant, person)
        return item
      }
      return undefined
    },
    takeAll() {
      const all: Item[] = []
      for (const { people } of seats.values()) {
        for (const { items } of people.values()) {
          for (let item = items.take(); item; item = items.take()) all.push(item)
        }
      }
      // Seats in line, or skipped seats, that have no waiting calls left.
      seats.clear()
      size = 0
      return all
    },
    size: () => size,
    held() {
      const held = { person: 0, tenant: 0 }
      for (const { party, people, size } of seats.values()) {
        if (isFull(party)) held.tenant += size
        else for (const one of people.values()) if (isFull(one.party)) held.person += one.items.size()
      }
      return held
    },
  }
}

interface TenantSeat<Item extends Waiting> extends Seat {
  readonly key: string
  readonly party: Party
  readonly people: RecordMap<PersonSeat<Item>>
  /** Rooms with somebody in the queue. */
  readonly rooms: RecordMap<RoomSeat<Item>>
  readonly line: Fifo<RoomSeat<Item>>
  size: number
  standsInLine: boolean
}

interface RoomSeat<Item extends Waiting> {
  readonly id: string
  readonly line: Fifo<PersonSeat<Item>>
}

/** A person is queued in the room of their next call. */
interface PersonSeat<Item extends Waiting> extends Seat {
  readonly id: string
  readonly party: Party
  readonly items: Fifo<Item>
  standsInLine: boolean
}

function createTenantSeat<Item extends Waiting>(
  key: string,
  party: Party,
  line: Fifo<TenantSeat<Item>>,
): TenantSeat<Item> {
  const seat: TenantSeat<Item> = {
    key,
    party,
    people: new RecordMap(),
    rooms: new RecordMap(),
    line: createFifo(),
    size: 0,
    standsInLine: false,
    lineUp() {
      if (seat.standsInLine || seat.line.size() === 0) return
      seat.standsInLine = true
      line.add(seat)
    },
  }
  return seat
}

function createPersonSeat<Item extends Waiting>(id: string, party: Party, tenant: TenantSeat<Item>): PersonSeat<Item> {
  const seat: PersonSeat<Item> = {
    id,
    party,
    items: createFifo(),
    standsInLine: false,
    lineUp() {
      const next = seat.items.first()
      if (seat.standsInLine || !next) return
      seat.standsInLine = true
      let room = tenant.rooms.get(next.room)
      if (!room) {
        room = { id: next.room, line: createFifo() }
        tenant.rooms.set(room.id, room)
        tenant.line.add(room)
      }
      room.line.add(seat)
      tenant.lineUp()
    },
  }
  return seat
}

/** Takes the next person out of the queue. */
function nextPerson<Item extends Waiting>(tenant: TenantSeat<Item>): PersonSeat<Item> | undefined {
  for (let room = tenant.line.take(); room; room = tenant.line.take()) {
    const person = room.line.take()
    if (room.line.size() > 0) tenant.line.add(room)
    else tenant.rooms.delete(room.id)
    if (!person) continue
    person.standsInLine = false
    if (!isFull(person.party)) return person
    person.party.skipped.push(person)
  }
  return undefined
}
