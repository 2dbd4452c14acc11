import { DeliveryError } from '../../model/errors.js'
import type { Installation } from '../../model/installation.js'
import type { Log } from '../../model/log.js'
import type { Installations } from '../../stores/installations.js'
import type { Api } from './api.js'
import { name } from './wire.js'

/** What room webhooks are kept with. */
export interface WebhooksParts {
  readonly api: Api
  readonly baseUrl: string
  readonly installations: Installations
  readonly pattern: () => string
  readonly log: Log
  /** When a pass that failed for the moment is made again. */
  readonly againMs?: number
}

/**
 * Makes the step that brings the rooms' webhooks up to date with the commands. A server reads the descriptor's pattern
 * only when it installs; while an installation lives, a room's own webhook stands beside it where the commands have
 * changed since, and goes when they are again as they were. A message that both let through comes twice and runs once.
 * Installations for a whole group cannot be widened so, because their rooms are not known: they want installing anew.
 */
export function createSync({
  api,
  baseUrl,
  installations,
  pattern,
  log,
  againMs = 60_000,
}: WebhooksParts): () => Promise<void> {
  let running: Promise<void> | undefined
  let again = false
  let toldGlobal = ''
  let failed = false
  let timer: NodeJS.Timeout | undefined

  async function syncAll(): Promise<void> {
    const wanted = pattern()
    const behind: Installation[] = []
    for await (const installation of installations.list(name)) {
      if (isBehind(installation, wanted)) behind.push(installation)
    }
    const rooms = behind.filter(({ details }) => details['roomId'])
    if (rooms.length < behind.length && toldGlobal !== wanted) {
      toldGlobal = wanted
      const groups = behind.length - rooms.length
      log.warn({ groups }, 'commands changed: groups have to install anew before all their rooms hear the new ones')
    }
    const next = rooms.values()
    await Promise.all(Array.from({ length: 4 }, () => work(next, wanted)))
  }

  async function work(rooms: Iterator<Installation>, wanted: string): Promise<void> {
    for (let step = rooms.next(); !step.done; step = rooms.next()) await syncOne(step.value, wanted)
  }

  async function syncOne(installation: Installation, wanted: string): Promise<void> {
    const facts = { installation: installation.id, room: installation.details['roomId'] }
    try {
      const own = installation.details['pattern'] !== wanted
      await (own ? put(installation, wanted) : remove(installation))
      await remember(installation.id, own ? wanted : undefined)
      log.info(facts, own ? 'room webhook registered for the changed commands' : 'room webhook removed')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.warn({ ...facts, reason }, 'room webhook not changed: the room hears the commands of before')
      failed ||= error instanceof DeliveryError && error.redelivery.retry
    }
  }

  async function put(installation: Installation, wanted: string): Promise<void> {
    const body = {
      url: `${baseUrl}/hipchat/webhook`,
      event: 'room_message',
      key,
      name: 'Commands',
      pattern: wanted,
      authentication: 'jwt',
    }
    await api.call(installation, { ...webhookOf(installation), method: 'PUT', body })
  }

  async function remove(installation: Installation): Promise<void> {
    await api.call(installation, { ...webhookOf(installation), method: 'DELETE', alsoFine: 404 })
  }

  /** Read again first: it may have been updated or removed while the server was asked. */
  async function remember(id: string, roomPattern: string | undefined): Promise<void> {
    const current = await installations.find(name, id)
    if (!current) return
    const { roomPattern: _, ...details } = current.details
    await installations.save({ ...current, details: { ...details, ...(roomPattern ? { roomPattern } : {}) } })
  }

  async function passes(): Promise<void> {
    while (again) {
      again = false
      failed = false
      await syncAll()
    }
    if (failed) timer = setTimeout(() => void sync().catch(() => undefined), againMs).unref()
  }

  /** One pass at a time; who asks during one gets another after it. */
  async function sync(): Promise<void> {
    clearTimeout(timer)
    again = true
    running ??= passes().finally(() => {
      running = undefined
    })
    await running
  }

  return sync
}

/** The room webhook's key, one per room and installation. */
const key = 'slashroom-commands'

function isBehind({ details }: Installation, wanted: string): boolean {
  const { pattern, roomPattern } = details
  return pattern === wanted ? roomPattern !== undefined : roomPattern !== wanted
}

function webhookOf({ details }: Installation) {
  return { scope: 'admin_room', roomId: String(details['roomId']), path: `extension/webhook/${key}` } as const
}
