// A minimal HTTP/1.1 over plain sockets: both ends together cost a fraction of what they measure.
import { connect, createServer } from 'node:net'

/** Splits data from a socket into messages, and returns the first line, head and body of each. */
function onMessages(socket, take) {
  let rest = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (let message = cut(rest); message; message = cut(rest)) {
      rest = rest.subarray(message.length)
      take(message)
    }
  })
}

function cut(bytes) {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = bytes.latin1Slice(0, end)
  const from = end + 4
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const last = bytes.indexOf('0\r\n\r\n', from)
    return last < 0 ? undefined : { head, body: bytes.latin1Slice(from, last), length: last + 5 }
  }
  const length = from + Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0)
  return bytes.length < length ? undefined : { head, body: bytes.latin1Slice(from, length), length }
}

/** One kept connection to a server; `send` resolves with the status, or 0 without a response, and `onBody` gets each body. */
export function openConnection(port, onBody = () => {}) {
  let socket
  let waiting
  const settle = (status) => {
    const resolve = waiting
    waiting = undefined
    resolve?.(status)
  }
  const open = () => {
    const opened = connect({ port, host: '127.0.0.1', noDelay: true })
    opened.on('error', () => {})
    opened.on('close', () => {
      if (socket !== opened) return
      socket = undefined
      settle(0)
    })
    onMessages(opened, ({ head, body }) => {
      if (body !== '') onBody(body)
      if (/\r\nconnection: *close/i.test(head)) {
        socket = undefined
        opened.destroy()
      }
      settle(Number(head.slice(9, 12)))
    })
    return opened
  }
  return {
    send(bytes) {
      socket ??= open()
      return new Promise((resolve) => {
        waiting = resolve
        socket.write(bytes)
      })
    },
    close() {
      socket?.destroy()
      socket = undefined
    },
  }
}

/** Serves on a free port of 127.0.0.1; `answer` returns the response's bytes for a request, or a promise of them. */
export async function serve(answer) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {})
    onMessages(socket, async (message) => {
      const bytes = await answer(message)
      if (!socket.destroyed) socket.write(bytes)
    })
  })
  await new Promise((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return server.address().port
}
