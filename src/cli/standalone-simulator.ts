import { join } from 'node:path'
import { createLogger } from '../logger.js'
import { ConfigError } from '../model/errors.js'
import { codeOf } from '../shared/error-details.js'
import { createSimulator, type Simulator } from '../simulator/hipchat.js'
import type { IssuedToken } from '../simulator/issue-token.js'
import type { Service } from './run-until-signal.js'

/** Options from the command line. */
export interface SimulationSettings {
  readonly port: number
  readonly tlsPort: number
  /** The folder for rooms, installations and the certificate. */
  readonly folder: string
  /** Whether to print tokens. */
  readonly token: boolean
}

/** The simulated HipChat server alone; prints how to reach it. */
export function createSimulation({ port, tlsPort, folder, token }: SimulationSettings): Service {
  const log = createLogger({ level: 'warn', format: process.stdout.isTTY ? 'pretty' : 'json' })
  const tls = { port: tlsPort, folder }
  const simulator = createSimulator({ port, tls, stateFile: join(folder, 'state.json'), log })
  return {
    async start() {
      await simulator.listen().catch((error: unknown) => {
        if (codeOf(error) !== 'EADDRINUSE') throw error
        throw new ConfigError(
          'A port is in use by another program: stop it, or choose other ports with --port and --tls-port.',
        )
      })
      console.log(announcement(simulator, folder, token))
    },
    stop: () => simulator.close(),
  }
}

function announcement(simulator: Simulator, folder: string, token: boolean): string {
  const { url, tls } = simulator
  return [
    '',
    `  Room page   ${url}/`,
    `  API         ${url}/v2   ${tls?.url}/v2`,
    `  CA          ${tls?.caFile}   (NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, curl --cacert)`,
    `  Data        ${folder}`,
    ...(token ? tokenLines(simulator) : []),
    '',
    `  ${token ? '' : 'Tokens: --token, the room page, or POST /simulator/tokens. '}Ctrl-C stops.`,
    '',
  ].join('\n')
}

function tokenLines(simulator: Simulator): readonly string[] {
  const [person] = simulator.people()
  const [room] = simulator.rooms()
  return [
    ...(person ? [tokenLine(person.name, simulator.issueToken({ user: person.id }), 'every scope')] : []),
    ...(room ? [tokenLine(room.name, simulator.issueToken({ room: room.id }), 'send_notification')] : []),
  ]
}

function tokenLine(name: string, { token }: IssuedToken, scopes: string): string {
  return `  ${name.padEnd(11)} ${token}   (${scopes})`
}
