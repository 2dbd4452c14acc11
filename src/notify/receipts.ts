import type { AuditRecord, Journal } from '../journal/journal.js'
import { isRecord } from '../shared/json.js'
import type { Store } from '../stores/store.js'
import type { Receipt } from './endpoint.js'
import type { Sender } from './sender.js'
import { isSender, partId, senderUserId, spread } from './to-invocation.js'

/** The delivery state of notifications, for their senders. */
export interface Receipts {
  /** Records the rooms of a notification for several. */
  note(id: string, rooms: readonly string[]): Promise<void>
  /** Undefined if this sender posted nothing with this id. */
  find(sender: Sender, id: string): Promise<Receipt | undefined>
}

interface ReceiptsDeps {
  readonly journal: Pick<Journal, 'findRecord'>
  readonly store: Pick<Store, 'add' | 'get'>
  readonly auditDays: number
}

/** Reads states from the journal; only the rooms of fanned-out notifications are in the store. */
export function createReceipts({ journal, store, auditDays }: ReceiptsDeps): Receipts {
  return {
    note: async (id, rooms) => void (await store.add(keyOf(id), { rooms }, { ttlMs: auditDays * day })),
    async find(sender, id) {
      const record = await journal.findRecord(id)
      return record?.user === senderUserId(sender.id) ? await readReceipt(record, { journal, store }) : undefined
    },
  }
}

/** The state in each room; undefined if nobody posted it. */
export async function readReceipt(
  record: AuditRecord,
  { journal, store }: Pick<ReceiptsDeps, 'journal' | 'store'>,
): Promise<Receipt | undefined> {
  const { id, user, platform, room } = record
  if (!isSender(user)) return undefined
  if (platform !== spread) return { id, rooms: [{ room: `${platform}:${room}`, ...stateOf(record) }] }
  const noted = await store.get(keyOf(id))
  const rooms = isRecord(noted) && Array.isArray(noted['rooms']) ? noted['rooms'].map(String) : []
  const states = rooms.map(async (one, index) => ({
    room: one,
    ...stateOf(await journal.findRecord(partId(id, index))),
  }))
  return { id, rooms: await Promise.all(states) }
}

function keyOf(id: string): string {
  return `notify/rooms/${id}`
}

function stateOf(record: AuditRecord | undefined): Pick<Receipt['rooms'][number], 'state' | 'reason'> {
  const outcome = record?.outcome
  if (!record || outcome === undefined) return { state: 'waiting' }
  if (outcome === 'uninstalled') return { state: 'refused', reason: 'The bot is no longer installed there.' }
  if (outcome !== 'done') return { state: 'refused', reason: 'It could not be delivered; the log has the reason.' }
  const isDoubtful = record.events.some(({ what }) => what === 'dropped')
  return isDoubtful
    ? { state: 'delivered', reason: 'The bot was stopped while it was being sent: it may be missing.' }
    : { state: 'delivered' }
}

const day = 86_400_000
