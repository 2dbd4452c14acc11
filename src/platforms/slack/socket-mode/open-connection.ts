import { setTimeout as sleep } from 'node:timers/promises'
import { asDeliveryError, isFailedCall, reasonOf } from '../../../delivery/retry-rule.js'
import { ConnectionError } from '../../../model/errors.js'
import { isLoopback } from '../../../net/ssrf.js'
import { openWebSocket } from '../../../net/websocket.js'
import { withDeadline } from '../../../shared/deadline.js'
import { messageOf } from '../../../shared/error-details.js'
import { readText } from '../../../shared/json.js'
import { parseUrl } from '../../../shared/url.js'
import { callMethod, type WebApiDeps } from '../web-api.js'
import type { TakeEnvelope } from './handle-envelope.js'
import { readMessage } from './wire.js'

/** Why a connection must be replaced: the service asks for it, its time is almost up, it was lost, or Socket Mode was disabled. */
export type LineEnd = 'asked' | 'due' | 'lost' | 'disabled'

/** One connection for envelopes. */
export interface Line {
  readonly ending: Promise<LineEnd>
  /** Resolves when it is closed, with the reason. */
  readonly closed: Promise<string>
  /** Closes it once pending messages are acknowledged. */
  close(): Promise<void>
}

/** What opening a connection needs. */
export interface LineDeps extends WebApiDeps {
  readonly appToken: string
}

/** Opens a connection; resolves after the service's greeting. Throws ConnectionError. */
export async function openLine(deps: LineDeps, take: TakeEnvelope, signal: AbortSignal): Promise<Line> {
  const url = await askAddress(deps, signal)
  const inWork = new Set<Promise<void>>()
  let greet = (_lastsMs: number) => {}
  let end = (_why: LineEnd) => {}
  const greeted = new Promise<number>((resolve) => {
    greet = resolve
  })
  const ending = new Promise<LineEnd>((resolve) => {
    end = resolve
  })

  async function onMessage(text: string): Promise<void> {
    const message = readMessage(text)
    if (message?.type === 'hello') greet(message.lastsMs ?? anHour)
    if (message?.type === 'disconnect') end(message.reason === 'link_disabled' ? 'disabled' : 'asked')
    if (message?.type !== 'envelope') return
    const work = take(message, async (ack) => (await opening).send(ack))
    inWork.add(work)
    await work
    inWork.delete(work)
  }

  const opening = openWebSocket(url, { onMessage, signal, ...accessTo(url, deps) })
  const socket = await opening.catch((error: unknown) => {
    throw new ConnectionError(messageOf(error), { cause: error })
  })
  void socket.closed.then(() => end('lost'))
  const greeting = await withDeadline(
    Promise.race([greeted, ending]),
    greetMs,
    () => new ConnectionError('Slack sent no greeting'),
  )
    .then(assertGreeted)
    .catch(async (error: unknown) => {
      await socket.close()
      throw error
    })
  endInTime(greeting)

  function assertGreeted(said: number | LineEnd): number {
    if (typeof said === 'number') return said
    throw said === 'disabled' ? switchedOff() : new ConnectionError('Slack hung up before it greeted')
  }

  /** Before the service does so, and not all at the same time. */
  function endInTime(ms: number): void {
    const timer = setTimeout(() => end('due'), ms * (0.7 + Math.random() * 0.2)).unref()
    void socket.closed.then(() => clearTimeout(timer))
  }

  return {
    ending,
    closed: socket.closed,
    async close() {
      await Promise.race([Promise.all(inWork), sleep(drainMs, undefined, { ref: false })])
      await socket.close()
    },
  }
}

/** Retrying is pointless until somebody enables it. */
export function switchedOff(): ConnectionError {
  return new ConnectionError("Socket Mode is switched off in the app's settings", { slow: true })
}

const anHour = 3_600_000
const greetMs = 10_000
const drainMs = 2_000

/** The address can be used for one connection. https://docs.slack.dev/reference/methods/apps.connections.open */
async function askAddress(deps: LineDeps, signal: AbortSignal): Promise<URL> {
  try {
    const { answer } = await callMethod(deps, 'apps.connections.open', { by: deps.appToken, args: {}, form: true })
    const url = parseUrl(readText(answer['url']) ?? '')
    if (!url) throw new ConnectionError('apps.connections.open: it gives no address')
    return url
  } catch (error) {
    if (!isFailedCall(error)) throw error
    const { retry, retryAfterMs } = asDeliveryError(error).retryAdvice
    if (retryAfterMs) await sleep(retryAfterMs, undefined, { signal }).catch(() => undefined)
    if (retry) throw new ConnectionError(error.message, { cause: error })
    throw new ConnectionError(explain(reasonOf(error), error.message), { slow: true, cause: error })
  }
}

/** What the operator must do, without revealing the token. */
function explain(reason: unknown, message: string): string {
  if (reason === 'missing_scope') return 'SLACK_APP_TOKEN lacks the scope connections:write'
  if (notTaken.has(reason)) return `Slack does not take SLACK_APP_TOKEN (${reason})`
  return message
}

const notTaken = new Set<unknown>(
  'invalid_auth not_authed not_allowed_token_type account_inactive token_revoked token_expired'.split(' '),
)

/** TLS is required, except on this machine. */
function accessTo(url: URL, { settings }: LineDeps) {
  const local = isLoopback(url.hostname) && isLoopback(new URL(settings.apiUrl).hostname)
  return { privateAllowed: settings.named(url), plainAllowed: local }
}
