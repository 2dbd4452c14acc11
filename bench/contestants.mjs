// Who is measured, and how each is started.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { scratch, start } from './processes.mjs'
import { signingSecret } from './world.mjs'

/** Those that there are: `kind` says what they stand for, `services` which webhooks they take. */
export function listContestants({ redis, peers }) {
  const ours = (store) => ({
    name: `slashroom ${store}`,
    kind: 'ours',
    store,
    script: 'server/slashroom.mjs',
    services: both,
  })
  return [
    { name: 'bare node:http', kind: 'floor', script: 'server/floor.mjs', services: both },
    { name: 'hand-assembled', kind: 'assembled', script: 'server/assembled.mjs', services: both },
    ours('memory:'),
    ours('file:'),
    ...(redis ? [ours('redis:')] : []),
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

/** Starts a contestant with so many commands, and waits until it serves. */
export async function startContestant(contestant, options) {
  const process = await launch(contestant, options)
  const { port } = await process.ready
  return { ...process, ...contestant, port, sinkPort: options.sinkPort }
}

/** Starts it and does not wait. */
export async function launch(
  { name, script, store },
  { sinkPort, commands = 100, installations = 1, redis, port = 0, dir, env = {} },
) {
  count++
  const sink = `http://127.0.0.1:${sinkPort}`
  const stores = {
    'memory:': 'memory:',
    'file:': `file:${dir ?? join(scratch, `data-${count}`)}`,
    'redis:': redis?.url(count % 16),
  }
  return await start(script, {
    name,
    core: 'server',
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
