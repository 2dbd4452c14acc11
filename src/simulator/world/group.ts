import { randomUUID } from 'node:crypto'
import { ApiError } from '../errors.js'
import { randomVersion } from '../random-version.js'
import type { Person, Room, RoomEntry, State } from './state.js'

/** The name or id of a room or person. */
export type IdOrName = string | number

/** An entry without id and date. */
export type Draft = Omit<RoomEntry, 'id' | 'date'>

/** The group with its people and rooms. */
export interface World {
  readonly state: State
  people(): readonly Person[]
  rooms(): readonly Room[]
  /** The room with this id or name; throws 404 if there is none. */
  room(idOrName: string | number): Room
  /** The person with this id, e-mail address, name or @mention; throws 404 if there is none. */
  person(who: string | number): Person
  roster(room: Room): readonly Person[]
  create(room: { name: string; privacy?: Room['privacy']; topic?: string; ownerId?: number }): Room
  /** Renames a room; throws 400 if the name is taken. */
  rename(room: Room, name: string): void
  remove(room: Room): void
  /** Adds a person; throws 400 if the address or mention is taken. */
  addPerson(person: Omit<Person, 'id' | 'version'>): Person
  /** Changes a person, with the same errors. */
  changePerson(person: Person, changes: Partial<Person>): void
  /** Adds an entry to a room, which keeps two hundred. */
  add(room: Room, draft: Draft): RoomEntry
  /** The people that a text mentions; `@all` and `@here` are everybody in the room. */
  mentions(room: Room, text: string): readonly number[]
  nextId(): number
  now(): number
  /** The current time in the server's format: microseconds and a numeric offset. */
  date(): string
}

/** Creates the group in `state`. */
export function createWorld({ state, clock }: { readonly state: State; readonly clock: () => number }): World {
  let micros = 0

  function roomNamed(wanted: string): Room | undefined {
    return state.rooms.find(({ name }) => name.toLowerCase() === wanted.toLowerCase())
  }

  function checkRoomName(name: string, own?: Room): void {
    const taken = state.rooms.some((room) => room !== own && room.name.toLowerCase() === name.toLowerCase())
    if (taken) throw new ApiError(400, 'Another room exists with that name.')
  }

  function checkPersonNames({ email, mentionName }: Partial<Person>, own?: Person): void {
    const others = world.people().filter((one) => one !== own)
    const same = (one: string, other = '') => one.toLowerCase() === other.toLowerCase()
    if (others.some((one) => same(one.email, email)))
      throw new ApiError(400, 'Another user exists with that email.', { field: 'email' })
    if (others.some((one) => same(one.mentionName, mentionName)))
      throw new ApiError(400, 'Another user exists with that mention name.', { field: 'mention_name' })
  }

  const world: World = {
    state,
    now: clock,
    people: () => state.people.filter(({ isDeleted }) => !isDeleted),
    rooms: () => state.rooms,
    nextId: () => state.nextId++,

    date() {
      micros = (micros % 999) + 1
      return new Date(clock()).toISOString().replace('Z', `${String(micros).padStart(3, '0')}+00:00`)
    },

    room(idOrName) {
      const wanted = String(idOrName)
      const found =
        state.rooms.find(({ id }) => String(id) === wanted) ??
        roomNamed(wanted) ??
        // Java clients encode spaces as plus signs in paths too.
        roomNamed(wanted.replaceAll('+', ' '))
      if (!found) throw new ApiError(404, `Room '${wanted}' not found`)
      return found
    },

    person(who) {
      const wanted = String(who).toLowerCase()
      const found =
        world.people().find((one) => namesOf(one).includes(wanted)) ??
        state.people.find(({ id }) => String(id) === wanted)
      if (!found) throw new ApiError(404, 'User not found')
      return found
    },

    roster: (room) => world.people().filter(({ id }) => room.privacy === 'public' || room.members.includes(id)),

    create({ name, privacy = 'public', topic = '', ownerId = state.people[0]?.id ?? 0 }) {
      checkRoomName(name)
      const id = Math.max(4594246, ...state.rooms.map((room) => room.id)) + 1
      const members = privacy === 'private' ? [ownerId] : state.people.map((one) => one.id)
      const created = world.date()
      const version = randomVersion()
      const room = { id, name, privacy, topic, members, created, version, ownerId, isArchived: false, history: [] }
      state.rooms.push(room)
      return room
    },

    rename(room, name) {
      checkRoomName(name, room)
      room.name = name
    },

    addPerson(wanted) {
      checkPersonNames(wanted)
      const id = Math.max(3297239, ...state.people.map((one) => one.id)) + 1
      const person = { ...wanted, id, version: randomVersion() }
      state.people.push(person)
      return person
    },

    changePerson(person, changes) {
      checkPersonNames(changes, person)
      Object.assign(person, changes, { version: randomVersion() })
    },

    remove(room) {
      state.rooms = state.rooms.filter((one) => one !== room)
    },

    add(room, draft) {
      const entry = { id: randomUUID(), date: world.date(), ...draft }
      room.history.push(entry)
      if (room.history.length > mostEntries) room.history.splice(0, room.history.length - mostEntries)
      return entry
    },

    mentions(room, text) {
      const names = new Set(Array.from(text.matchAll(/@([\p{L}\p{N}_]+)/gu), ([, name]) => (name ?? '').toLowerCase()))
      const everybody = names.has('all') || names.has('here')
      const reached = world.roster(room).filter((one) => everybody || names.has(one.mentionName.toLowerCase()))
      return reached.map(({ id }) => id)
    },
  }
  return world
}

const mostEntries = 200

function namesOf({ id, name, mentionName, email }: Person): readonly string[] {
  const first = name.split(' ')[0] ?? name
  return [String(id), email, `@${mentionName}`, mentionName, name, first].map((one) => one.toLowerCase())
}
