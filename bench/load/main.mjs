// The load's process: both ends of the chat service, controlled through IPC.
import { setImmediate as turn } from 'node:timers/promises'
import { openConnection } from './http.mjs'
import { prepare } from './requests.mjs'
import { numberIn, startSink } from './sink.mjs'
import { startSockets } from './sockets.mjs'
import { enterRooms } from './xmpp.mjs'

const waiting = new Map()
const answered = new Set()
const reached = new Set()
let twice = 0
let last = 0

const sockets = await startSockets(showAck)
const sink = await startSink(shown, (number) => reached.add(number), sockets.url)

/** The room has the answer to this request, by whichever way. */
function shown(number) {
  if (answered.has(number)) twice++
  answered.add(number)
  waiting.get(number)?.()
  waiting.delete(number)
}

/** The answer in an acknowledgement. */
function showAck(body) {
  const number = numberIn(body)
  if (number !== undefined) shown(number)
}

const verbs = { saturate, pace, first, post, hold, flood, told, enter, release: async () => sink.release() }
/** What many take turns at, by platform. */
const shared = { 'slack-socket': sockets }

process.on('message', async ({ id, verb, given }) => {
  try {
    process.send({ id, result: await verbs[verb](given) })
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) })
  }
})
process.on('disconnect', () => process.exit())
process.send({ id: 0, result: { sinkPort: sink.port } })

/** Signs `count` requests before the clock starts. */
function prepareAll({ count, ...kind }) {
  const at = Date.now()
  return Array.from({ length: count }, () => {
    const number = ++last
    return { number, bytes: prepare({ ...kind, number, at, sinkPort: sink.port }) }
  })
}

function answerTo(number) {
  return new Promise((resolve) => {
    waiting.set(number, resolve)
  })
}

/** Connections are reused across turns, because opening them would cost as much as some of the answers. */
function connectionsTo(ports, count) {
  const key = ports.join()
  const open = opened.get(key) ?? []
  opened.set(key, open)
  while (open.length < count) open.push(openConnection(ports[open.length % ports.length], showAck))
  return open.slice(0, count)
}

const opened = new Map()

/** Each of `slots` connections sends its next request when the previous one was acknowledged and answered. */
async function saturate({ port, ports = [port], slots = 64, expect = 'answer', limitMs = 20_000, ...kind }) {
  const requests = prepareAll(kind)
  const count = Math.min(slots, requests.length)
  const one = shared[kind.platform]
  const connections = one ? Array(count).fill(one) : connectionsTo(ports, count)
  const statuses = {}
  const deadline = performance.now() + limitMs
  const ended = []
  let next = 0
  const started = performance.now()
  await Promise.all(
    connections.map(async (connection) => {
      while (next < requests.length && performance.now() < deadline) {
        const { number, bytes } = requests[next++]
        const answer = expect === 'answer' ? answerTo(number) : undefined
        const status = await connection.send(bytes)
        statuses[status] = (statuses[status] ?? 0) + 1
        if (answer && status >= 200 && status < 300 && !(await within(answer, 10_000))) continue
        if (answer ? status < 300 && status >= 200 : status === 401 || status === 403) ended.push(performance.now())
        else waiting.delete(number)
      }
    }),
  )
  const seconds = (performance.now() - started) / 1_000
  return finish({ done: ended.length, perSecond: steadyRate(ended, slots), seconds, statuses, sent: next })
}

/** Completions per second while all connections were busy, without the start and the end. */
function steadyRate(ended, slots) {
  const steady = ended.slice(slots - 1, -slots)
  return ((steady.length - 1) * 1_000) / (steady.at(-1) - steady[0])
}

/** Sends at a fixed rate regardless of responses; times count from when each request was due. */
async function pace({ port, rate, slots = 256, ...kind }) {
  const requests = prepareAll(kind)
  const free = connectionsTo([port], slots)
  const [acks, answers, statuses] = [[], [], {}]
  const started = performance.now()
  const under = []
  for (const [index, { number, bytes }] of requests.entries()) {
    const due = started + (index * 1_000) / rate
    // A timer would be up to a millisecond late, which is longer than most answers take.
    while (performance.now() < due || free.length === 0) await turn()
    const connection = free.pop()
    const answer = answerTo(number).then(() => answers.push(performance.now() - due))
    const ack = connection.send(bytes).then((status) => {
      acks.push(performance.now() - due)
      statuses[status] = (statuses[status] ?? 0) + 1
      free.push(connection)
    })
    under.push(ack, within(answer, 10_000))
  }
  await Promise.all(under)
  const seconds = (performance.now() - started) / 1_000
  return finish({
    done: answers.length,
    seconds,
    statuses,
    sent: requests.length,
    ack: spread(acks),
    answer: spread(answers),
  })
}

/** Repeats a request until there is an answer. */
async function first({ port, limitMs = 60_000, ...kind }) {
  const deadline = performance.now() + limitMs
  while (performance.now() < deadline) {
    const [{ number, bytes }] = prepareAll({ ...kind, count: 1 })
    const connection = openConnection(port, showAck)
    const answer = answerTo(number)
    const status = await connection.send(bytes)
    const come = status >= 200 && status < 300 && (await within(answer, 5_000))
    connection.close()
    if (come) return { at: Date.now() }
    waiting.delete(number)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error('there was no first answer')
}

/** Posts one notification, waits until it has reached this many rooms, and resolves with the milliseconds to its 2xx. */
async function post({ port, rooms, limitMs = 20_000, ...kind }) {
  const [{ bytes }] = prepareAll({ ...kind, platform: 'notify', count: 1 })
  const [connection] = connectionsTo([port, port], 1)
  const wanted = sink.count() + rooms
  const deadline = performance.now() + limitMs
  const began = performance.now()
  const status = await connection.send(bytes)
  const ms = performance.now() - began
  if (status !== 202) throw new Error(`the post was answered with ${status}`)
  while (sink.count() < wanted && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 2))
  return { ms }
}

/** People go into rooms of an XMPP server. */
async function enter(given) {
  shared.xmpp = await enterRooms(given, shown)
}

/** Nothing is taken by the chat service any more. */
async function hold() {
  sink.hold()
}

/** Sends without waiting for answers; resolves with the numbers of acknowledged requests. */
async function flood({ port, slots = 64, ...kind }) {
  const requests = prepareAll(kind)
  const kept = []
  let next = 0
  await Promise.all(
    Array.from({ length: slots }, async () => {
      const connection = openConnection(port)
      while (next < requests.length) {
        const { number, bytes } = requests[next++]
        const status = await connection.send(bytes)
        if (status >= 200 && status < 300) kept.push(number)
      }
      connection.close()
    }),
  )
  return { kept }
}

/** Waits until each of these was answered, even if only with a notice that it was interrupted. */
async function told({ numbers, limitMs }) {
  const deadline = Date.now() + limitMs
  const left = () => numbers.filter((number) => !reached.has(number)).length
  while (left() > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
  return { at: Date.now(), left: left() }
}

function finish({ sent, done, ...result }) {
  const doubled = twice
  twice = 0
  answered.clear()
  reached.clear()
  waiting.clear()
  return { ...result, done, lost: sent - done, doubled }
}

async function within(promise, ms) {
  let timer
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, ms, false)
  })
  const come = await Promise.race([promise.then(() => true), late])
  clearTimeout(timer)
  return come
}

function spread(times) {
  const sorted = times.sort((one, other) => one - other)
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))]
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}
