import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Ends the connection with an answer that is given before all of the request is read: its rest would be taken for the next
 * one. Closed at once it would be reset, and the sender, busy writing, would never read the answer. So only this side ends
 * it, and what still comes is thrown away for a while.
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
