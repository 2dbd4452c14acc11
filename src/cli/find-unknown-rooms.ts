import type { Config } from '../config.js'
import type { Encryptor } from '../model/encryptor.js'
import { silentLogger } from '../model/logger.js'
import { createHttpClient } from '../net/http-client.js'
import { createAliases } from '../notify/aliases.js'
import { RefusedError } from '../notify/refusal.js'
import { createRoomDirectory, type RoomDirectory } from '../notify/room-directory.js'
import { platforms as shipped } from '../platforms/index.js'
import type { PlatformDeps } from '../platforms/platform.js'
import { createRegistry } from '../registry/registry.js'
import { withDeadline } from '../shared/deadline.js'
import { ownOnly } from '../shared/own-properties.js'
import { createInstallations } from '../stores/installations.js'
import type { Store } from '../stores/store.js'

/** The bot's own storage and settings. */
export interface UnknownRoomsDeps {
  readonly config: Config
  readonly store: Store
  readonly encryptor: Encryptor
}

/** The rooms that are neither an alias nor in an installation. A platform that does not answer soon may have any. */
export async function findUnknownRooms(rooms: readonly string[], deps: UnknownRoomsDeps): Promise<readonly string[]> {
  const { request, close } = createHttpClient({ log: silentLogger })
  const late = () => new Error('too late')
  try {
    const directory = openDirectory(deps, request)
    const unknown = rooms.map(async (room) => ((await isUnknown(room, directory)) ? [room] : []))
    return (await withDeadline(Promise.all(unknown), answerMs, late)).flat()
  } catch {
    return []
  } finally {
    await close()
  }
}

function openDirectory(
  { config, store, encryptor }: UnknownRoomsDeps,
  request: PlatformDeps['request'],
): RoomDirectory {
  const given: PlatformDeps = {
    baseUrl: config.baseUrl ?? `http://localhost:${config.port}`,
    installations: createInstallations({ store, encryptor }),
    store,
    request,
    catalog: createRegistry(),
    encryptor,
    log: silentLogger,
  }
  const platforms = shipped.flatMap((start) => start(ownOnly(process.env), given) ?? [])
  return createRoomDirectory({ platforms: () => platforms, aliases: createAliases(store), log: silentLogger })
}

async function isUnknown(room: string, directory: RoomDirectory): Promise<boolean> {
  try {
    await directory.find(room)
    return false
  } catch (error) {
    return error instanceof RefusedError && error.reason === 'unknown-room'
  }
}

const answerMs = 5_000
