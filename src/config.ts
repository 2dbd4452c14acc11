import { ConfigError } from './model/errors.js'
import { parseBaseUrl } from './shared/url.js'

/** The bot's own settings; each platform reads its share of the environment itself. */
export interface Config {
  readonly port: number
  readonly host: string
  readonly simulatorPort: number
  /** Without a trailing slash; undefined: detected at start. */
  readonly baseUrl: string | undefined
  /** PEM files for https: both or neither. */
  readonly tlsCert: string | undefined
  readonly tlsKey: string | undefined
  readonly commandsDir: string
  /** Undefined: `./hooks`, if it exists. */
  readonly hooksDir: string | undefined
  /** Undefined: `policy.yaml` or `policy.yml`, if it exists. */
  readonly policyFile: string | undefined
  readonly storeUrl: string
  readonly secretKey: string | undefined
  readonly secretKeyOld: string | undefined
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  readonly workers: number
  readonly shutdownSeconds: number
  readonly auditDays: number
  /** How long an acknowledgement waits for a quick answer to include, in milliseconds; 0: not at all. */
  readonly answerInAckMs: number
  readonly register: 'off' | 'auto'
  /** How many of the 64 concurrent calls of a process one person, command or tenant may have. */
  readonly maxRunningPerPerson: number
  readonly maxRunningPerCommand: number
  readonly maxRunningPerTenant: number
  /** How many of the 10,000 waiting calls of a process one person or tenant may have. */
  readonly maxWaitingPerPerson: number
  readonly maxWaitingPerTenant: number
  /** Whether the bot starts on a Redis that may evict keys. */
  readonly redisEviction: 'refused' | 'allowed'
}

export type LogLevel = (typeof logLevels)[number]
export type LogFormat = (typeof logFormats)[number]

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const
const logFormats = ['json', 'pretty'] as const

/** How many calls a process holds, and how many of them run at a time. */
export const queueBounds = { limit: 10_000, concurrency: 64 } as const

/** Reads the settings from the environment. Throws ConfigError, which names the bad setting in one line. */
export function readConfig(env: Readonly<Record<string, string | undefined>>, terminal = false): Config {
  const port = integer(env, 'PORT', 3000, 0, 65_535)
  return {
    port,
    host: text(env, 'HOST') ?? '0.0.0.0',
    simulatorPort: integer(env, 'SIMULATOR_PORT', port === 0 ? 0 : Math.min(port + 1, 65_535), 0, 65_535),
    baseUrl: address(env, 'BASE_URL'),
    ...tlsFiles(env),
    commandsDir: text(env, 'COMMANDS_DIR') ?? './commands',
    hooksDir: text(env, 'HOOKS_DIR'),
    policyFile: text(env, 'POLICY_FILE'),
    storeUrl: text(env, 'STORE_URL') ?? 'file:./data',
    secretKey: text(env, 'SECRET_KEY'),
    secretKeyOld: text(env, 'SECRET_KEY_OLD'),
    logLevel: oneOf(env, 'LOG_LEVEL', logLevels, 'info'),
    logFormat: oneOf(env, 'LOG_FORMAT', logFormats, terminal ? 'pretty' : 'json'),
    workers: integer(env, 'WORKERS', 1, 1, 256),
    shutdownSeconds: integer(env, 'SHUTDOWN_SECONDS', 25, 1, 3_600),
    auditDays: integer(env, 'AUDIT_DAYS', 30, 1, 3_650),
    answerInAckMs: integer(env, 'ANSWER_IN_ACK_MS', 50, 0, 2_000),
    register: oneOf(env, 'REGISTER', ['off', 'auto'] as const, 'off'),
    maxRunningPerPerson: integer(env, 'MAX_RUNNING_PER_PERSON', 8, 1, queueBounds.concurrency),
    maxRunningPerCommand: integer(env, 'MAX_RUNNING_PER_COMMAND', 32, 1, queueBounds.concurrency),
    maxRunningPerTenant: integer(env, 'MAX_RUNNING_PER_TENANT', 48, 1, queueBounds.concurrency),
    maxWaitingPerPerson: integer(env, 'MAX_WAITING_PER_PERSON', 200, 1, queueBounds.limit),
    maxWaitingPerTenant: integer(env, 'MAX_WAITING_PER_TENANT', queueBounds.limit / 2, 1, queueBounds.limit),
    redisEviction: oneOf(env, 'REDIS_EVICTION', ['refused', 'allowed'] as const, 'refused'),
  }
}

/** The directory of the embedded store that a STORE_URL names; undefined if it names another store. */
export function embeddedStoreDir(storeUrl: string): string | undefined {
  return storeUrl.startsWith('file:') ? storeUrl.replace(/^file:(\/\/(?=\/))?/, '') : undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** An empty variable counts as unset, because shells and compose files leave such; inherited properties do not count. */
function text(env: Environment, name: string): string | undefined {
  const value = env[name]
  return (name in Object.prototype && !Object.hasOwn(env, name) ? undefined : value?.trim()) || undefined
}

function integer(env: Environment, name: string, fallback: number, min: number, max: number): number {
  const given = text(env, name)
  if (given === undefined) return fallback
  const value = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN
  if (!(value >= min && value <= max)) {
    throw new ConfigError(`${name} must be a whole number from ${min} to ${max}, not "${brief(given)}".`)
  }
  return value
}

function oneOf<const Choice extends string>(
  env: Environment,
  name: string,
  choices: readonly Choice[],
  fallback: Choice,
): Choice {
  const given = text(env, name)
  if (given === undefined) return fallback
  const found = choices.find((choice) => choice === given.toLowerCase())
  if (!found) throw new ConfigError(`${name} must be one of ${choices.join(', ')}, not "${brief(given)}".`)
  return found
}

function tlsFiles(env: Environment): Pick<Config, 'tlsCert' | 'tlsKey'> {
  const [tlsCert, tlsKey] = [text(env, 'TLS_CERT'), text(env, 'TLS_KEY')]
  if (!tlsCert !== !tlsKey) throw new ConfigError(`${tlsCert ? 'TLS_KEY' : 'TLS_CERT'} is missing: https needs both.`)
  return { tlsCert, tlsKey }
}

function address(env: Environment, name: string): string | undefined {
  const given = text(env, name)
  if (given === undefined) return undefined
  const url = parseBaseUrl(given)
  if (!url) {
    throw new ConfigError(
      `${name} must be an address such as https://bot.example.com, without query, fragment or password.`,
    )
  }
  return url
}

function brief(given: string): string {
  return given.length > 40 ? `${given.slice(0, 40)}…` : given
}
