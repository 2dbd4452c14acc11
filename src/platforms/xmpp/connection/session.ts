import { ConnectionError } from '../../../model/errors.js'
import type { Logger } from '../../../model/logger.js'
import { withDeadline } from '../../../shared/deadline.js'
import { messageOf } from '../../../shared/error-details.js'
import type { Settings } from '../settings.js'
import { type Element, ns } from '../wire.js'
import { createClient, type Library } from './library.js'
import type { SessionState } from './saved-session.js'
import { createScram } from './scram.js'
import { openSocket } from './socket.js'
import { outlastProcess } from './stream-management.js'

/** One session with the server, over several connections in turn if it can be resumed. */
export interface Stream {
  /** Logs in; true if the session was resumed. Rejects with ConnectionError. */
  open(signal: AbortSignal): Promise<boolean>
  /** Rejects with ConnectionError when the connection is lost. */
  lost(): Promise<never>
  /** Whether another connection may resume the session. */
  canResume(): boolean
  /** Resolves when it is written. */
  send(stanza: Element): Promise<void>
  /** Resolves when the server has confirmed it. */
  sendAcked(stanza: Element): Promise<void>
  /** Resolves with the answer; rejects with an error that has a `condition`. */
  request(stanza: Element): Promise<Element>
  /** Ends the session for good, so that the server does not keep it. */
  leave(): Promise<void>
}

/** Creates a session that is not open yet. */
export function createStream({ library, settings, log, saved, keep, onStanza }: StreamDeps): Stream {
  const { domain, jid } = settings
  const opening = { signal: AbortSignal.abort() as AbortSignal }
  const scram = createScram()
  const client = createClient(library, { settings, scram, open: () => openSocket(settings, opening.signal) })
  const sm = client.streamManagement
  const management = outlastProcess(client, { saved, keep })
  const ping = () => library.xml('iq', { type: 'get', to: domain }, library.xml('ping', ns.ping))
  let fault: unknown
  let hasManagement = false
  let lost: Promise<never> = Promise.reject(new ConnectionError('not open'))
  lost.catch(() => undefined)
  let lose = (_: unknown) => {}
  let pinging: NodeJS.Timeout | undefined
  const unacked = new Map<Element, Settlers>()

  client.on('error', (error: unknown) => {
    fault ??= error
    if (client.status !== 'online') lose(error)
    else log.debug({ reason: messageOf(error) }, 'the stream reports an error')
  })
  client.on('disconnect', () => lose(fault))
  client.on('nonza', (element: Element) => {
    if (element.is('success', ns.sasl)) checkServer(element.text())
    if (element.is('features', ns.streams)) hasManagement = element.getChild('sm', ns.streamManagement) !== undefined
  })
  sm.on('ack', (stanza: Element) => settle(stanza, ({ resolve }) => resolve()))
  sm.on('fail', (stanza: Element) => settle(stanza, ({ reject }) => reject(new ConnectionError('connection lost'))))
  client.on('stanza', (stanza: Element) => {
    try {
      onStanza(stanza)
    } catch (error) {
      log.warn({ err: error }, 'a stanza could not be read')
    }
  })

  function settle(stanza: Element, how: (sender: Settlers) => void): void {
    const sender = unacked.get(stanza)
    unacked.delete(stanza)
    if (sender) how(sender)
  }

  function checkServer(proof: string): void {
    try {
      scram.checkServer(Buffer.from(proof, 'base64').toString())
    } catch (error) {
      lose(error)
    }
  }

  async function login(): Promise<boolean> {
    const stood = new Promise<boolean>((resolve) => {
      client.once('online', () => resolve(false))
      sm.once('resumed', () => resolve(true))
    })
    await management.keep() // resuming tells the server this count
    await client.connect('xmpp://wire')
    await client.open({ domain })
    const resumed = await stood
    if (!resumed && hasManagement) await managed()
    if (!resumed) await management.keep()
    return resumed
  }

  /** Waits for stream management: anything sent between login and this would end the stream. */
  async function managed(): Promise<void> {
    const until = performance.now() + 5_000
    while (!sm.enabled && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  function drop(): void {
    clearInterval(pinging)
    client.removeAllListeners('online')
    sm.removeAllListeners('resumed')
    client.socket?.destroy()
  }

  return {
    async open(signal) {
      opening.signal = signal
      fault = undefined
      lost = new Promise((_, reject) => {
        lose = (error) => reject(toConnectionError(error, settings))
      })
      lost.catch(() => undefined)
      const left = () => lose(new ConnectionError('the connection was given up'))
      signal.addEventListener('abort', left, { once: true })
      try {
        const late = () => new ConnectionError(`logging in as ${jid} took too long`)
        const resumed = await withDeadline(Promise.race([login(), lost]), loginMs, late)
        if (!sm.enabled) pinging = setInterval(() => void client.iqCaller.request(ping(), 15_000).catch(dead), 30_000)
        return resumed
      } catch (error) {
        drop()
        throw toConnectionError(error, settings)
      } finally {
        signal.removeEventListener('abort', left)
      }
    },
    lost: () => lost.finally(() => clearInterval(pinging)),
    canResume: () => sm.id !== '',
    send: (stanza) => client.send(stanza),
    async sendAcked(stanza) {
      if (!sm.enabled) return await client.send(stanza)
      const acked = new Promise<void>((resolve, reject) => unacked.set(stanza, { resolve, reject }))
      acked.catch(() => undefined)
      await client.send(stanza)
      await client.send(library.xml('r', { xmlns: ns.streamManagement })) // the library would ask later
      await acked
    },
    request: (stanza) => client.iqCaller.request(stanza, 15_000),
    async leave() {
      clearInterval(pinging)
      await withDeadline(client.stop(), leaveMs, () => new ConnectionError('it took too long')).catch(() => undefined)
      client.socket?.destroy()
    },
  }

  /** Any answer will do, even a refusal. */
  function dead(error: unknown): void {
    if (error instanceof Error && error.name === 'TimeoutError') client.socket?.destroy()
  }
}

/** Settles whoever waits until the server has confirmed a stanza. */
interface Settlers {
  resolve(): void
  reject(error: ConnectionError): void
}

interface StreamDeps {
  readonly library: Library
  readonly settings: Settings
  readonly log: Logger
  /** The session to resume, if an earlier process left one. */
  readonly saved: SessionState | undefined
  /** Resolves when everything that arrived is stored, and this state too. */
  keep(state: SessionState): Promise<void>
  onStanza(stanza: Element): void
}

const loginMs = 30_000
const leaveMs = 2_000

/** Explains the error to the operator: of what the server sent only the condition, and nothing that we sent. */
function toConnectionError(error: unknown, { jid, domain }: Settings): ConnectionError {
  if (error instanceof ConnectionError) return error
  const [kind, condition] = error instanceof Error ? [error.name, conditionOf(error)] : ['', '']
  if (kind === 'SASLError' || /^SASL/.test(messageOf(error))) {
    const said = condition ? ` (${condition})` : ''
    if (/^(not-authorized|credentials-expired)$/.test(condition))
      return new ConnectionError(`${domain} refuses XMPP_PASSWORD of ${jid}${said}`, { slow: true })
    return new ConnectionError(`${domain} does not let ${jid} log in${said}`, {
      slow: condition !== 'temporary-auth-failure',
    })
  }
  if (kind === 'StreamError')
    return new ConnectionError(`${domain} ended the stream (${condition})`, { slow: condition === 'host-unknown' })
  return new ConnectionError(`the connection to ${domain} was lost`, { cause: error })
}

/** The condition of an error, as defined in RFC 6120; empty if it has none. */
export function conditionOf(error: unknown): string {
  const condition = error instanceof Error && 'condition' in error ? String(error.condition) : ''
  return /^[a-z-]{1,50}$/.test(condition) ? condition : ''
}
