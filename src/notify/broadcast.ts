import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from '../model/errors.js'
import type { Invocation } from '../model/invocation.js'
import { type Reply, say, whisper } from '../model/reply.js'
import { shortHash } from '../shared/crypto.js'
import type { Notifier, Receipt } from './endpoint.js'
import type { Broadcast } from './notify-command.js'
import { RefusedError } from './refusal.js'
import type { RoomDirectory } from './room-directory.js'
import type { Sender } from './sender.js'

interface BroadcastDeps {
  readonly notifier: Pick<Notifier, 'post' | 'findReceipt'>
  readonly directory: Pick<RoomDirectory, 'find'>
}

/**
 * Creates the function behind `/notify ops,web 'text'`. It reaches rooms of the caller's own tenant and of aliases, because
 * the policy says who may broadcast, but not to whose rooms.
 */
export function createBroadcast({ notifier, directory }: BroadcastDeps): Broadcast {
  return async (invocation, written, text, signal) => {
    const rooms = [...new Set(written.split(',').map((room) => room.trim()))].filter(Boolean)
    if (rooms.length === 0) throw new UsageError("Name the rooms: /notify ops,web 'text'")
    const sender = toSender(invocation)
    try {
      for (const room of rooms) await assertOwn(room, invocation, directory)
      const reply = { ...say(text), from: invocation.user.name }
      const fingerprint = shortHash(invocation.id, text)
      const { id } = await notifier.post(sender, {
        room: undefined,
        rooms,
        reply,
        idempotencyKey: invocation.id,
        fingerprint,
      })
      return summarize(await waitForReceipt(notifier, sender, id, signal), id)
    } catch (error) {
      if (error instanceof RefusedError) throw new UsageError(error.message, { cause: error })
      throw error
    }
  }
}

async function assertOwn(
  room: string,
  { platform, tenant }: Invocation,
  directory: BroadcastDeps['directory'],
): Promise<void> {
  const found = await directory.find(room)
  if ('rooms' in found || (found.platform === platform && found.target.tenant.id === tenant.id)) return
  throw new UsageError(
    `Room ${JSON.stringify(room)} is not in your own workspace: ask the operator for an alias that leads there.`,
  )
}

function toSender({ platform, tenant, user }: Invocation): Sender {
  const id = shortHash('broadcast', platform, tenant.id, user.id)
  return { id, name: '/notify', kind: 'post', rooms: 'all', mentions: false, rate: undefined }
}

/** The timeout of the command; slower deliveries continue afterwards. */
async function waitForReceipt(
  notifier: BroadcastDeps['notifier'],
  sender: Sender,
  id: string,
  signal: AbortSignal,
): Promise<Receipt['rooms']> {
  const until = performance.now() + longestWaitMs
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 1_000)) {
    const rooms = (await notifier.findReceipt(sender, id))?.rooms ?? []
    const isOver = rooms.length > 0 && rooms.every(({ state }) => state !== 'waiting')
    if (isOver || signal.aborted || performance.now() > until) return rooms
    await sleep(pauseMs)
  }
}

const longestWaitMs = 20_000

function summarize(rooms: Receipt['rooms'], id: string): Reply {
  const inState = (wanted: string) => rooms.filter(({ state }) => state === wanted)
  const [delivered, refused, waiting] = ['delivered', 'refused', 'waiting'].map(inState)
  const lines = [
    `Posted to ${delivered?.length ?? 0} of ${rooms.length} rooms (id ${id}).`,
    ...(refused ?? []).map(({ room, reason }) => `${room}: ${reason}`),
    waiting?.length ? `On the way: ${waiting.map(({ room }) => room).join(', ')}` : '',
  ]
  return whisper(lines.filter(Boolean).join('\n'), { tone: refused?.length ? 'warning' : 'good' })
}
