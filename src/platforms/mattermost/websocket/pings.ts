import { ConnectionError } from '../../../model/errors.js'
import { withDeadline } from '../../../shared/deadline.js'
import type { SocketReply } from './wire.js'

/** Asks the server for its time regularly; fails if the bot may no longer listen. */
export interface Pings {
  onReply(reply: SocketReply): void
  /** Resolves when the first ping was answered. */
  start(send: (text: string) => Promise<void>): Promise<void>
  stop(): void
}

/** Creates the pings; `onTime` gets the time, in order with earlier events. */
export function createPings(
  onTime: (serverTime: number | undefined) => Promise<void>,
  onRefused: () => void,
  { everyMs = 30_000, withinMs = 30_000 } = {},
): Pings {
  let seq = 0
  let timer: NodeJS.Timeout | undefined
  let first = () => {}
  return {
    onReply({ ok, serverTime }) {
      if (ok) void onTime(serverTime).then(first)
      else onRefused()
    },
    async start(send) {
      const answered = new Promise<void>((resolve) => {
        first = resolve
      })
      const ping = () => void send(JSON.stringify({ action: 'ping', seq: ++seq })).catch(() => undefined)
      timer = setInterval(ping, everyMs)
      ping()
      await withDeadline(answered, withinMs, () => new ConnectionError('Mattermost does not answer'))
    },
    stop() {
      clearInterval(timer)
      first() // nobody waits anymore
    },
  }
}
