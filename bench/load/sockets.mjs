// The service's end of Slack's Socket Mode: everything is sent over one shared connection.
import { WebSocketServer } from 'ws'

/** Starts it; `onBody` gets what an ack contains. */
export async function startSockets(onBody) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  await new Promise((resolve) => {
    server.once('listening', resolve)
  })
  const waiting = new Map()
  let line

  server.on('connection', (socket) => {
    line ??= socket
    socket.on('close', () => {
      if (line === socket) line = [...server.clients].find((one) => one !== socket)
    })
    socket.on('message', (text) => {
      const { envelope_id: id, payload } = JSON.parse(text)
      if (payload) onBody(JSON.stringify(payload))
      waiting.get(id)?.(200)
      waiting.delete(id)
    })
    socket.send(JSON.stringify({ type: 'hello', debug_info: { approximate_connection_time: 3_600 } }))
  })

  return {
    url: `ws://127.0.0.1:${server.address().port}/link`,
    /** Sends an envelope and resolves with 200 for its ack, or 0 if there is none. */
    send({ id, text }) {
      return new Promise((resolve) => {
        if (!line) return resolve(0)
        waiting.set(id, resolve)
        line.send(text)
      })
    },
  }
}
