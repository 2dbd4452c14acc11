import { asDeliveryError } from '../../delivery/retry-rule.js'
import type { Installation } from '../../model/installation.js'
import type { Cache } from '../../shared/cache.js'
import { singleFlight } from '../../shared/coalesce.js'
import { shortHash } from '../../shared/crypto.js'
import { messageOf } from '../../shared/error-details.js'
import type { PlatformDeps, Registration } from '../platform.js'
import { noChanges, type RegistrationDraft } from '../register-commands.js'
import type { Api } from './api.js'
import type { RoomNames } from './room-names.js'
import { name } from './wire.js'

/** What room webhooks need. */
export interface WebhooksDeps extends Pick<PlatformDeps, 'baseUrl' | 'installations' | 'store' | 'log'> {
  readonly api: Api
  readonly pattern: () => string
  /** The names of rooms that sent messages, by `{installation}/{room}`. */
  readonly heardRooms: Cache<string>
  readonly names: Pick<RoomNames, 'note'>
  /** The delay before a failed pass is repeated. */
  readonly againMs?: number
}

/** Webhooks of single rooms, in addition to the descriptor's. */
export interface Webhooks {
  /** Updates them after the commands changed and returns the changes; failures are logged. */
  sync(): Promise<Registration>
  /** Returns what `sync` would do. */
  plan(): Promise<Registration>
  /** Called for a message from a room that is not in `heardRooms`: only then a group's rooms become known. */
  heard(installation: Installation, roomId: string, roomName: string): void
  /** Forgets an installation's rooms; the server removes their webhooks. */
  drop(installationId: string): Promise<void>
}

/**
 * A server reads the descriptor's pattern only on installation. If the commands have changed since, each room gets its own
 * webhook, which is removed when the commands are as before. A message that matches both arrives twice and runs once.
 */
export function createWebhooks(deps: WebhooksDeps) {
  const { api, baseUrl, installations, store, pattern, heardRooms, names, log, againMs = 60_000 } = deps
  const runPasses = singleFlight(passes)
  let again = false
  let failed = false
  let timer: NodeJS.Timeout | undefined

  async function syncAll(draft: RegistrationDraft): Promise<void> {
    const next = (await findSteps(draft)).values()
    const refusals: Refusal[] = []
    await Promise.all(Array.from({ length: 4 }, () => work(next, draft, refusals)))
    logRefusals(refusals)
  }

  /** One line per cause, because an unreachable server may have many rooms. */
  function logRefusals(refusals: readonly Refusal[]): void {
    for (const cause of new Set(refusals.map((one) => one.cause))) {
      const alike = refusals.filter((one) => one.cause === cause)
      const { step, reason } = alike[0] ?? {}
      const facts = { installation: step?.installation.id, room: step?.roomId, reason }
      const more = alike.length > 1 ? { rooms: alike.length } : {}
      log.warn({ ...facts, ...more }, 'room webhook not updated: the room still has the previous commands')
    }
  }

  async function findSteps(draft: RegistrationDraft): Promise<readonly WebhookChange[]> {
    const wanted = pattern()
    const current = marksOf(wanted)
    const steps: WebhookChange[] = []
    let any = false
    for await (const installation of installations.list(name)) {
      any = true
      const isCurrent = current.includes(installation.details['pattern'])
      if (!isCurrent && !installation.details['roomId']) draft.notes.push(updateNote(installation))
      for (const [roomId, stands] of await roomsOf(installation)) {
        const due = isCurrent ? '' : wanted
        if (stands !== due) steps.push({ installation, roomId, stands, due })
      }
    }
    if (!any) draft.notes.push(`it is not installed yet; install it from ${baseUrl}/descriptor.json`)
    return steps
  }

  /** Rooms with their registered patterns, `''` for none. */
  async function roomsOf({ id, details }: Installation): Promise<Map<string, string>> {
    const own = details['roomId']
    const rooms = new Map<string, string>(typeof own === 'string' ? [[own, '']] : [])
    for await (const [key, stands] of store.list(keyOf(id, ''))) {
      if (typeof stands === 'string') rooms.set(key.slice(keyOf(id, '').length), stands)
      if (rooms.size >= mostRooms) break
    }
    return rooms
  }

  async function work(steps: Iterator<WebhookChange>, draft: RegistrationDraft, refusals: Refusal[]): Promise<void> {
    for (let step = steps.next(); !step.done; step = steps.next()) await take(step.value, draft, refusals)
  }

  async function take(step: WebhookChange, draft: RegistrationDraft, refusals: Refusal[]): Promise<void> {
    const { installation, roomId, due } = step
    const facts = { installation: installation.id, room: roomId }
    const address = { scope: 'admin_room', roomId, path: `extension/webhook/${webhookKey}` } as const
    try {
      if (due) await api.call(installation, { ...address, method: 'PUT', body: toWebhook(due) })
      else await api.call(installation, { ...address, method: 'DELETE', alsoFine: 404 })
      await store.set(keyOf(installation.id, roomId), due)
      draft[meansOf(step)].push(describe(step))
      log.info(facts, due ? 'room webhook registered for the changed commands' : 'room webhook removed')
    } catch (error) {
      const reason = messageOf(error)
      const { retry } = asDeliveryError(error).retryAdvice
      refusals.push({ step, reason, cause: retry ? String(installation.details['apiUrl']) : reason })
      draft.notes.push(`${describe(step)} was not changed: ${reason}`)
      failed ||= retry
    }
  }

  function toWebhook(due: string) {
    const url = `${baseUrl}/hipchat/webhook`
    return { url, event: 'room_message', key: webhookKey, name: 'Commands', pattern: due, authentication: 'jwt' }
  }

  async function passes(): Promise<Registration> {
    let draft = noChanges()
    while (again) {
      again = false
      failed = false
      draft = { ...draft, notes: [] } // each pass reports its own failures
      await syncAll(draft)
    }
    if (failed) timer = setTimeout(() => void sync().catch(() => undefined), againMs).unref()
    return draft
  }

  /** One pass at a time; a request during a pass causes another one. */
  async function sync(): Promise<Registration> {
    clearTimeout(timer)
    again = true
    return await runPasses()
  }

  async function plan(): Promise<Registration> {
    const draft = noChanges()
    for (const step of await findSteps(draft)) draft[meansOf(step)].push(describe(step))
    return draft
  }

  async function note({ id, details }: Installation, roomId: string, roomName: string): Promise<void> {
    if (roomName) await names.note({ installationId: id, roomId }, roomName)
    if (details['roomId']) return // a single-room installation knows its room
    const isNew = await store.add(keyOf(id, roomId), '')
    if (isNew && !marksOf(pattern()).includes(details['pattern'])) await sync()
  }

  return {
    sync,
    plan,
    heard(installation: Installation, roomId: string, roomName: string) {
      const room = `${installation.id}/${roomId}`
      heardRooms.set(room, roomName)
      if (!/^\d{1,20}$/.test(roomId)) return // not a room id
      note(installation, roomId, roomName).catch(() => heardRooms.delete(room)) // the next message from there tries again
    },
    async drop(installationId: string) {
      for await (const [key] of store.list(keyOf(installationId, ''))) {
        heardRooms.delete(key.slice(folder.length))
        await store.delete(key)
      }
    },
  } satisfies Webhooks
}

interface WebhookChange {
  readonly installation: Installation
  readonly roomId: string
  /** The registered pattern; `''` for none. */
  readonly stands: string
  /** The pattern to register; `''` if none is needed. */
  readonly due: string
}

/** A change that failed, and why. */
interface Refusal {
  readonly step: WebhookChange
  readonly reason: string
  /** Equal for failures with the same cause. */
  readonly cause: string
}

function meansOf({ stands, due }: WebhookChange): 'added' | 'changed' | 'removed' {
  return stands === '' ? 'added' : due === '' ? 'removed' : 'changed'
}

function describe({ installation, roomId }: WebhookChange): string {
  return `webhook of room ${roomId} (${nameOf(installation)})`
}

function updateNote(installation: Installation): string {
  return `${nameOf(installation)}: its server read /descriptor.json before the commands changed. Update the integration there; until then rooms that called the bot have webhooks of their own, and others hear the commands of before`
}

/** The hash of the pattern that an installation's server has read; the first versions stored the pattern. */
function marksOf(pattern: string): unknown[] {
  return [shortHash(pattern), pattern]
}

function nameOf({ tenant }: Installation): string {
  return tenant.name ?? `group ${tenant.id}`
}

/** The webhook's key, one per room and installation. */
const webhookKey = 'slashroom-commands'

/** The limit per group; with more rooms, reinstalling is the better way. */
const mostRooms = 1_000

const folder = `webhook/${name}/`

function keyOf(installationId: string, roomId: string): string {
  return `${folder}${installationId}/${roomId}`
}
