import { randomVersion } from '../random-version.js'
import type { Person, Room, State } from './state.js'

/** The group of a new simulator: four people in three rooms. */
export function seedState(now: number): State {
  const created = new Date(now).toISOString().replace('Z', '+00:00')
  return {
    version: 1,
    group: { id: 1, name: 'Acme' },
    people: [
      person(3297240, 'Alice Archer', 'alice', 'Europe/Berlin'),
      person(3297241, 'Bob Baker', 'bob', 'America/Sao_Paulo'),
      person(3297242, 'Carol Chen', 'carol', 'Asia/Tokyo'),
      person(3297243, 'Dana Diaz', 'dana', 'UTC'),
    ],
    rooms: [
      room(4594247, 'Deployments', 'public', 'What goes out, and when', created),
      room(4594248, 'Lounge', 'public', '', created),
      room(4594249, 'Ops', 'private', 'Pagers and secrets: Alice, Bob and Carol', created),
    ],
    clients: [],
    tokens: [],
    pictures: {},
    nextId: 18544450,
  }
}

function person(id: number, name: string, mentionName: string, timezone: string): Person {
  return { id, name, mentionName, email: `${mentionName}@acme.example`, timezone, version: randomVersion() }
}

function room(id: number, name: string, privacy: Room['privacy'], topic: string, created: string): Room {
  const members = [3297240, 3297241, 3297242, ...(privacy === 'public' ? [3297243] : [])]
  const version = randomVersion()
  return { id, name, privacy, topic, created, members, version, ownerId: 3297240, isArchived: false, history: [] }
}
