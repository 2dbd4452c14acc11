/** What this page knows, who looks at it and where. */
export const view = {
  group: {},
  people: [],
  rooms: [],
  addons: [],
  me: undefined,
  room: undefined,
  /** Webhooks by their id, with what came of them. */
  deliveries: new Map(),
}

/** The rooms that one may enter as who one is. */
export function roomsOfMine() {
  return view.rooms.filter(({ people, isArchived }) => !isArchived && people.includes(view.me.id))
}

/** What one sees in the room as who one is; a card that came again stands where it came first. */
export function entriesOfMine() {
  const seen = new Map()
  for (const entry of view.room?.history ?? []) if (isForMe(entry)) seen.set(placeOf(entry), entry)
  return [...seen.values()]
}

/** What an entry shares with those whose place it takes: HipChat's clients show a card in the place of one with its id. */
export function placeOf({ id, card, sender }) {
  return card ? `card ${sender?.client_id} ${card.id}` : String(id)
}

/** Whether an entry is for everybody, or for the current user. */
export function isForMe({ toUserId }) {
  return toUserId === undefined || toUserId === view.me.id
}
