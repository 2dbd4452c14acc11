// Who is measured, and how each is started.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scratch, start } from './processes.mjs'
import { signingSecret } from './world.mjs'

/** Those that there are: `kind` says what they stand for, `services` which webhooks they take. */
export function listContestants({ redis, peers }) {
  const ours = (store, processes = 1) => ({
    name: processes > 1 ? `slashroom ${store} × ${processes}` : `slashroom ${store}`,
    kind: 'ours',
    store,
    processes,
    script: 'server/slashroom.mjs',
    services: both,
  })
  return [
    { name: 'bare node:http', kind: 'floor', script: 'server/floor.mjs', services: both },
    { name: 'hand-assembled', kind: 'assembled', script: 'server/assembled.mjs', services: both },
    ours('memory:'),
    ours('file:'),
    ...(redis ? [ours('redis:'), ours('redis:', 2)] : []),
    ...(peers ? peerNames.map(([name, script]) => ({ name, kind: 'peer', script, services: ['slack'] })) : []),
  ]
}

const both = ['hipchat', 'slack']
const peerNames = [
  ['@slack/bolt', 'server/bolt.mjs'],
  ['chat (Vercel)', 'server/chat.mjs'],
  ['hubot', 'server/hubot.mjs'],
]

/** Whether what peers are made of is installed here. */
export function peersInstalled() {
  return existsSync(fileURLToPath(new URL('node_modules/@slack/bolt', import.meta.url)))
}

let count = 0

/** Starts a contestant with so many commands, and waits until it serves: all its processes, on one store. */
export async function startContestant(contestant, options) {
  const { processes = 1 } = contestant
  const database = ++count
  const all = []
  for (let at = 0; at < processes; at++) {
    const process = await launch(contestant, { ...options, database, core: at === 0 ? 'server' : 'second' })
    all.push({ ...process, port: (await process.ready).port })
  }
  const [first] = all
  if (processes === 1) return { ...first, ...contestant, ports: [first.port], sinkPort: options.sinkPort }
  return {
    ...contestant,
    ports: all.map(({ port }) => port),
    sinkPort: options.sinkPort,
    async ask(verb, given) {
      const answers = await Promise.all(all.map((one) => one.ask(verb, given)))
      return { cpuMs: answers.reduce((sum, { cpuMs }) => sum + cpuMs, 0) }
    },
    stop: () => Promise.all(all.map((one) => one.stop())),
  }
}

/** Starts it and does not wait. */
export async function launch(
  { name, script, store },
  { sinkPort, commands = 100, installations = 1, redis, port = 0, dir, env = {}, core = 'server', database = ++count },
) {
  const sink = `http://127.0.0.1:${sinkPort}`
  const stores = {
    'memory:': 'memory:',
    'file:': `file:${dir ?? join(scratch, `data-${database}`)}`,
    'redis:': redis?.url(database % 16),
  }
  return await start(script, {
    name,
    core,
    env: {
      NODE_ENV: 'production',
      PORT: String(port),
      BENCH_SINK: sink,
      BENCH_COMMANDS: String(commands),
      BENCH_INSTALLATIONS: String(installations),
      COMMANDS_DIR: writeCommands(commands),
      STORE_URL: stores[store] ?? '',
      SECRET_KEY: '0'.repeat(64),
      BASE_URL: 'https://bot.example.com',
      HIPCHAT_HOSTS: '127.0.0.1',
      SLACK_SIGNING_SECRET: signingSecret,
      SLACK_BOT_TOKEN: 'xoxb-1-bench',
      SLACK_API_URL: `${sink}/api/`,
      HUBOT_LOG_LEVEL: 'error',
      ...env,
    },
  })
}

/** A directory with so many commands, as plain modules that any server can import. */
export function writeCommands(number, folder = `commands-${number}`) {
  const dir = join(scratch, folder)
  if (existsSync(dir)) return dir
  mkdirSync(dir)
  for (let index = 0; index < number; index++) writeFileSync(join(dir, `c${index}.mjs`), commandText(index))
  return dir
}

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
