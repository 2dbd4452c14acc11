import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigError } from '../../model/errors.js'
import { findTunnel } from '../../net/find-ngrok-tunnel.js'

/** A tunnel from the outside to this machine. */
export interface Tunnel {
  readonly url: string
  close(): void
}

/** Opens the ngrok tunnel of `ngrok.yml`, or takes the one that is open. Throws ConfigError with the way out. */
export async function openTunnel(port: number, file = 'ngrok.yml'): Promise<Tunnel> {
  const open = await findTunnel(port, { straight: true })
  if (open) return { url: open, close() {} }
  if (!existsSync(file)) throw new ConfigError(`${file} is not in this folder: run this where it is.`)
  const args = ['start', '--all', '--log=stderr', '--config', [...userConfig(), file].join(',')]
  const agent = spawn('ngrok', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = waitForExit(agent)
  for (let tries = 0; tries < 60; tries++) {
    const url = await Promise.race([findTunnel(port, { straight: true }), ended])
    if (url instanceof Error) throw new ConfigError(url.message)
    if (url) return { url, close: () => void agent.kill() }
    await sleep(250)
  }
  agent.kill()
  throw new ConfigError(`ngrok opened no tunnel to port ${port} within 15 seconds: does ${file} name that port?`)
}

/** The agent's own file, which holds the operator's token. https://ngrok.com/docs/agent/config/ */
function userConfig(): readonly string[] {
  const folders = ['.config', 'Library/Application Support', 'AppData/Local']
  return folders.map((folder) => join(homedir(), folder, 'ngrok/ngrok.yml')).filter((file) => existsSync(file))
}

function waitForExit(agent: ChildProcess): Promise<Error> {
  let stderr = ''
  agent.stderr?.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-2_000)
  })
  return new Promise((resolve) => {
    agent.on('error', (error: NodeJS.ErrnoException) => {
      const missing = 'ngrok is not installed: get it from https://ngrok.com/download, then run this again.'
      const failed = `ngrok could not be started (${error.code ?? error.message}).`
      resolve(new Error(error.code === 'ENOENT' ? missing : failed))
    })
    agent.on('exit', () => resolve(new Error(`ngrok ended: ${describeExit(stderr)}`)))
  })
}

function describeExit(stderr: string): string {
  const known = /ERR_NGROK_\d+/.exec(stderr)?.[0]
  if (known === 'ERR_NGROK_4018')
    return 'it has no token yet: run "ngrok config add-authtoken <yours>" (ERR_NGROK_4018).'
  return known
    ? `${known}, see https://ngrok.com/docs/errors/${known.toLowerCase()}`
    : (stderr.trim().split('\n').at(-1) ?? 'no reason given')
}
