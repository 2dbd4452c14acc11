// The contestants, and how to start them.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { secretOf, signingSecret, slowCommand } from './agreed-values.mjs'
import { scratch, start } from './processes.mjs'

/** The available contestants: `kind` says what they represent, `services` which webhooks they accept. */
export function listContestants({ redis, peers }) {
  const stores = ['memory:', ...durable(redis)]
  return [
    { name: 'bare node:http', kind: 'floor', script: 'server/floor.mjs', services: both },
    { name: 'bare node:http, in its ack', kind: 'floor', ...inAck, script: 'server/floor.mjs', services: both },
    { name: 'hand-assembled', kind: 'assembled', script: 'server/without-framework.mjs', services: both },
    ...stores.flatMap((store) => [ours(store), ours(store, { delivers: true })]),
    ...(redis ? [ours('redis:', { delivers: true, processes: 2 })] : []),
    ...(peers
      ? peerNames.map(([name, script, more]) => ({ name, kind: 'peer', script, services: ['slack'], ...more }))
      : []),
  ]
}

/** Another build of this bot, which replies as it does by default. */
export function listOtherBuild(dir, { redis }) {
  return durable(redis).map((store) => ({ ...ours(store), name: `other build, ${store}`, ...buildIn(dir) }))
}

function ours(store, { delivers = false, processes = 1 } = {}) {
  return {
    name: [`slashroom ${store}`, processes > 1 ? ` × ${processes}` : '', delivers ? ', delivered' : ''].join(''),
    kind: 'ours',
    store,
    processes,
    delivers,
    env: delivers ? { ANSWER_IN_ACK_MS: '0' } : {},
    services: both,
    ...buildIn(fileURLToPath(new URL('..', import.meta.url))),
  }
}

function durable(redis) {
  return ['file:', ...(redis ? ['redis:'] : [])]
}

/** This bot as users start it from a checkout; its package.json has the path. */
export function buildIn(dir) {
  const { bin } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))
  return { script: join(dir, bin.slashroom), args: ['start'], preload: 'server/slashroom-preload.mjs' }
}

/** This bot in one process, without a supervisor. */
export const library = { script: 'server/library.mjs', args: [], preload: undefined }

const both = ['hipchat', 'slack']
/** Answers in the response and sends nothing. */
const inAck = { env: { BENCH_IN_ACK: 'yes' } }
const peerNames = [
  ['@slack/bolt', 'server/bolt.mjs'],
  ['@slack/bolt, in its ack', 'server/bolt.mjs', inAck],
  ['chat (Vercel)', 'server/chat-sdk.mjs'],
  ['hubot', 'server/hubot.mjs'],
]

/** Whether the packages of the peers are installed. */
export function peersInstalled() {
  return existsSync(fileURLToPath(new URL('node_modules/@slack/bolt', import.meta.url)))
}

let count = 0

/** Starts a contestant with this many commands and waits until all its processes serve, on one store. */
export async function startContestant(contestant, options) {
  const { processes = 1, kind, store, data } = contestant
  const database = ++count
  if (store === 'redis:') await options.redis.empty(database % 16)
  const all = []
  for (let at = 0; at < processes; at++) {
    const process = await launch(contestant, { ...options, database, core: at === 0 ? 'server' : 'second' })
    all.push({ ...process, port: (await process.ready).port })
  }
  const [first] = all
  const ports = all.map(({ port }) => port)
  if (kind === 'ours') for (const port of ports) await untilReady(port)
  if (kind === 'ours' && !data) await install({ ...first, sinkPort: options.sinkPort }, { from: 0, to: 1 })
  if (processes === 1) return { ...first, ...contestant, ports, sinkPort: options.sinkPort }
  return {
    ...contestant,
    ports,
    async ask(verb, given) {
      const answers = await Promise.all(all.map((one) => one.ask(verb, given)))
      return { cpuMs: answers.reduce((sum, { cpuMs }) => sum + cpuMs, 0) }
    },
    stop: () => Promise.all(all.map((one) => one.stop())),
  }
}

/** Starts it without waiting. */
export async function launch(
  { name, script, args, preload, store, data, env: own },
  { sinkPort, commands = 100, redis, port = 0, dir, env = {}, core = 'server', database = ++count },
) {
  const sink = `http://127.0.0.1:${sinkPort}`
  const folder = dir ?? join(scratch, `data-${database}`)
  if (data) cpSync(data, folder, { recursive: true })
  const stores = { 'memory:': 'memory:', 'file:': `file:${folder}`, 'redis:': redis?.url(database % 16) }
  return await start(script, {
    name,
    core,
    args,
    preload,
    env: {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      BENCH_SINK: sink,
      BENCH_COMMANDS: String(commands),
      COMMANDS_DIR: writeCommands(commands),
      STORE_URL: stores[store] ?? '',
      SECRET_KEY: '0'.repeat(64),
      BASE_URL: 'https://bot.example.com',
      HIPCHAT_HOSTS: '127.0.0.1',
      SLACK_SIGNING_SECRET: signingSecret,
      SLACK_BOT_TOKEN: 'xoxb-1-bench',
      SLACK_API_URL: `${sink}/api/`,
      HUBOT_LOG_LEVEL: 'error',
      ...own,
      ...env,
    },
  })
}

/** Creates installations like a HipChat server, several at a time. */
export async function install({ port, sinkPort }, { from, to }) {
  const capabilitiesUrl = `http://127.0.0.1:${sinkPort}/v2/capabilities`
  let next = from
  const installSome = async () => {
    while (next < to) {
      const oauthId = `installation-${next++}`
      const body = JSON.stringify({ oauthId, oauthSecret: secretOf(oauthId), capabilitiesUrl })
      const { status } = await fetch(`http://127.0.0.1:${port}/hipchat/installation`, { method: 'POST', body })
      if (status !== 200) throw new Error(`${oauthId} was refused with ${status}`)
    }
  }
  await Promise.all(Array.from({ length: 32 }, installSome))
}

async function untilReady(port) {
  const deadline = Date.now() + 60_000
  while (!(await fetch(`http://127.0.0.1:${port}/readyz`)).ok) {
    if (Date.now() > deadline) throw new Error('it was not ready within a minute')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A directory with this many commands as plain modules that any server can import. */
export function writeCommands(number, folder = `commands-${number}`) {
  const dir = join(scratch, folder)
  if (existsSync(dir)) return dir
  mkdirSync(dir)
  for (let index = 0; index < number; index++) writeFileSync(join(dir, `c${index}.mjs`), commandText(index))
  writeFileSync(join(dir, `${slowCommand.name}.mjs`), slowText)
  return dir
}

/** Waits, then answers like the others. */
const slowText = commandText(0).replace(
  'run({ options }) {',
  `async run({ options }) {
    await new Promise((resolve) => setTimeout(resolve, ${slowCommand.ms}))`,
)

/** One command's file. */
export function commandText(index) {
  return `export default {
  summary: 'Says what runs where',
  options: {
    service: { type: 'string', positional: true },
    env: { type: 'choice', choices: ['staging', 'prod'], default: 'staging', alias: 'e' },
    number: { type: 'integer', alias: 'n' },
  },
  run({ options }) {
    return \`c${index}: \${options.service} runs on \${options.env}, #\${options.number}\`
  },
}
`
}
