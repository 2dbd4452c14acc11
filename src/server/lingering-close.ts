import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Closes the connection after an answer that was sent before the whole request was read, because the rest would be taken
 * for the next request. Closing at once would reset the connection, and a sender that is still writing would never read
 * the answer. So only this side is closed, and incoming bytes are discarded for a while.
 */
export function closeWithAnswer({ socket }: IncomingMessage, response: ServerResponse, lingerMs = 1_000): void {
  response.setHeader('Connection', 'close')
  socket.destroySoon = () => endAndWait(socket, lingerMs) // Node.js calls it once the answer is written
}

function endAndWait(socket: Socket, lingerMs: number): void {
  socket.end()
  const cut = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(cut))
}
