import { setTimeout as sleep } from 'node:timers/promises'
import { ConnectionError } from '../../../model/errors.js'
import type { Logger } from '../../../model/logger.js'
import { openWebSocket, type WebSocketConnection, type WebSocketOptions } from '../../../net/websocket.js'
import { shortHash } from '../../../shared/crypto.js'
import { messageOf } from '../../../shared/error-details.js'
import { dateOf } from '../../../shared/header-values.js'
import { createSerialQueue } from '../../../shared/serial-queue.js'
import type { Platform, PlatformDeps } from '../../platform.js'
import { type Api, isDone, toMattermostError } from '../api.js'
import { name, type Person } from '../wire.js'
import { createCatchUp } from './catch-up.js'
import { createHear, type Position } from './hear.js'
import { createPeople, readPerson } from './people.js'
import { createPings } from './pings.js'
import { createVerifyPost } from './verify-post.js'
import { readMessage } from './wire.js'

/** What the connection needs. */
export interface ConnectDeps extends Pick<PlatformDeps, 'installations' | 'store'> {
  readonly url: string
  readonly botToken: string
  readonly api: Api
  readonly log: Logger
}

/**
 * Creates a function that holds the connection over which the server reports posts in the bot's channels. The server keeps
 * unsent events for a while for a client that reconnects with its position; otherwise missed posts are looked up.
 */
export function createConnect(deps: ConnectDeps): NonNullable<Platform['connect']> {
  const hold = createHold(deps)
  return async (accept, signal, connected) => {
    try {
      await hold(accept, signal, connected)
    } catch (error) {
      if (!signal.aborted) throw toConnectionError(error)
    }
  }
}

function createHold(deps: ConnectDeps): NonNullable<Platform['connect']> {
  const { api, url } = deps
  const people = createPeople({ api })
  const verifyPost = createVerifyPost({ ...deps, people })
  let position: Position | undefined

  return async (accept, signal, connected) => {
    const { me, now } = await whoAmI(api)
    const catchUp = createCatchUp({ ...deps, key: `${name}/heard/${shortHash(url, me.id)}` })
    const hear = createHear({ ...deps, me, now, people, verifyPost, catchUp, accept })
    const inTurn = createSerialQueue()
    const over = createEnd()
    const began = position

    /** In order, and none after one that failed. */
    const step = (work: () => Promise<void>) =>
      inTurn(async () => (over.isOver() ? undefined : await work())).catch(over.end)
    const pings = createPings(
      (serverTime = now()) => step(() => catchUp.heard(serverTime)),
      () => over.end(tokenNotTaken()),
    )

    function onMessage(text: string): Promise<void> | undefined {
      const message = readMessage(text)
      if (message?.type === 'reply') pings.onReply(message)
      if (message?.type !== 'event') return undefined
      return step(async () => {
        position = await hear(message, position)
      })
    }

    const leave = () => over.end(undefined)
    signal.addEventListener('abort', leave, { once: true })
    const socket = await openSocket(deps, position, { onMessage, signal })
    void socket.closed.then((why) => over.end(new ConnectionError(`Mattermost hung up (${why})`)))
    try {
      await Promise.race([pings.start(socket.send), over.promise])
      if (!over.isOver()) connected()
      await over.promise
    } finally {
      signal.removeEventListener('abort', leave)
      over.end(undefined)
      pings.stop()
      await Promise.race([inTurn(async () => {}), sleep(drainMs, undefined, { ref: false })])
      await socket.close()
      // If nothing came through, the next event may be the problem: then posts are looked up instead.
      if (position === began) position = undefined
    }
  }
}

const drainMs = 2_000
/** Far larger than any valid message; a larger one ends the connection. */
const largestEvent = 8 * 1_048_576

async function whoAmI(api: Api): Promise<{ readonly me: Person; readonly now: () => number }> {
  const answer = await api({ method: 'GET', path: '/api/v4/users/me' }).catch((error: unknown) => {
    throw toConnectionError(error)
  })
  if (answer.status === 401) throw tokenNotTaken()
  if (!isDone(answer)) throw toConnectionError(toMattermostError(answer))
  const me = readPerson(answer.body)
  if (!me) throw new ConnectionError('Mattermost did not return the id of the bot')
  const ahead = dateOf(answer.headers) - Date.now()
  return { me, now: () => Date.now() + ahead }
}

function tokenNotTaken(): ConnectionError {
  return new ConnectionError('Mattermost does not take MATTERMOST_BOT_TOKEN', { slow: true })
}

/** https://developers.mattermost.com/api-documentation/#/#websocket */
async function openSocket(
  { url, botToken }: ConnectDeps,
  position: Position | undefined,
  given: Pick<WebSocketOptions, 'onMessage' | 'signal'>,
): Promise<WebSocketConnection> {
  const address = new URL(`${url.replace(/^http/, 'ws')}/api/v4/websocket`)
  if (position) {
    address.searchParams.set('connection_id', position.connectionId)
    address.searchParams.set('sequence_number', String(position.nextSeq))
  }
  const headers = { authorization: `Bearer ${botToken}` }
  // The operator chose the host, and whether it uses TLS.
  const access = { privateAllowed: true, plainAllowed: true }
  return await openWebSocket(address, { ...given, ...access, headers, maxBytes: largestEvent }).catch(
    (error: unknown) => {
      throw toConnectionError(error)
    },
  )
}

function toConnectionError(error: unknown): ConnectionError {
  return error instanceof ConnectionError ? error : new ConnectionError(messageOf(error), { cause: error })
}

/** The end of a connection: with an error, or without one if it was closed on purpose. */
function createEnd() {
  let ended = false
  let settle = (_error: unknown) => {}
  const promise = new Promise<void>((resolve, reject) => {
    settle = (error) => (error === undefined ? resolve() : reject(error))
  })
  promise.catch(() => undefined)
  return {
    promise,
    isOver: () => ended,
    end(error: unknown): void {
      ended = true
      settle(error)
    },
  }
}
