// Loaded before `slashroom start`, of whichever build: passes on what the bench asks to the process that serves.
import cluster from 'node:cluster'
import { answer } from './bench-ipc.mjs'

if (cluster.isPrimary) {
  let server
  cluster.on('listening', (worker, { port }) => {
    server = worker
    process.send({ id: 0, result: { port } })
  })
  cluster.on('message', (_worker, message) => message.id && process.send(message))
  process.on('message', (asked) => server.send(asked))
  process.on('disconnect', () => process.exit())
} else {
  answer()
}
