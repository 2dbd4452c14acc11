import { Cluster, Redis } from 'ioredis'
import { ConfigError } from '../model/errors.js'
import type { Logger } from '../model/logger.js'
import { withDeadline } from '../shared/deadline.js'
import { redisUnavailable } from './redis-errors.js'

/** A connection to Redis: to one server, through Sentinel, or to a cluster. */
export type Connection = Redis | Cluster

/** A Redis address from STORE_URL. */
export interface RedisAddress {
  readonly kind: 'single' | 'sentinel' | 'cluster'
  readonly tls: boolean
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  readonly username?: string
  readonly password?: string
  readonly db: number
  /** The name of Sentinel's master. */
  readonly master?: string
  readonly sentinelPassword?: string
}

/**
 * Reads `redis://[user:password@]host[:port][/db]`, `redis+sentinel://host:port,host:port/name[/db][?sentinelPassword=…]`
 * or `redis+cluster://host:port,host:port`; `rediss` instead of `redis` for TLS. Throws ConfigError.
 */
export function readRedisUrl(url: string): RedisAddress {
  const parts = /^redis(s?)(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?@]+)(?:\/([^?]*))?(?:\?(.*))?$/.exec(url)
  if (!parts) throw invalidUrl('cannot be read')
  const [, secure, scheme, login = '', hosts = '', path = '', query = ''] = parts
  const kind = scheme === 'sentinel' || scheme === 'cluster' ? scheme : 'single'
  const [username, password] = login.includes(':') ? login.split(/:(.*)/) : ['', login]
  const segments = path.split('/').filter(Boolean)
  const master = kind === 'sentinel' ? segments.shift() : undefined
  if (kind === 'sentinel' && !master) throw invalidUrl('needs the name of the master: redis+sentinel://host:26379/name')
  const [db = '0', ...more] = segments
  if (!/^\d{1,4}$/.test(db) || more.length > 0 || (kind === 'cluster' && db !== '0')) throw invalidUrl('has a bad path')
  const sentinelPassword = new URLSearchParams(query).get('sentinelPassword')
  const addresses = hosts.split(',').map((host) => readHost(host, kind === 'sentinel' ? 26_379 : 6_379))
  if (kind === 'single' && addresses.length > 1)
    throw invalidUrl('names several hosts: say redis+sentinel or redis+cluster')
  return {
    kind,
    tls: secure === 's',
    hosts: addresses,
    db: Number(db),
    ...(username ? { username: decodePart(username) } : {}),
    ...(password ? { password: decodePart(password) } : {}),
    ...(master ? { master: decodePart(master) } : {}),
    ...(sentinelPassword ? { sentinelPassword } : {}),
  }
}

/** Connects, and reconnects for as long as it takes. Commands without a timely response reject. */
export function connectRedis(url: string, log: Logger): Connection {
  const address = readRedisUrl(url)
  const connection = address.kind === 'cluster' ? connectCluster(address) : connectSingle(address)
  let unreachable = false
  connection.on('error', (error: Error) => {
    if (!unreachable) log.error({ err: error }, 'redis cannot be reached: trying again until it can')
    unreachable = true
  })
  connection.on('ready', () => {
    if (unreachable) log.info({}, 'redis can be reached again')
    unreachable = false
  })
  return connection
}

/** Converts Redis errors, and responses that take more than 1.8 s, to UnavailableError. */
export async function withRedisTimeout<Value>(answer: Promise<Value>): Promise<Value> {
  try {
    return await withDeadline(answer, 1_800, () => new Error('no answer in time'))
  } catch (error) {
    throw redisUnavailable(error)
  }
}

/** All servers that accept writes. */
export function mastersOf(redis: Connection): readonly Redis[] {
  return redis instanceof Cluster ? redis.nodes('master') : [redis]
}

function connectSingle(address: RedisAddress): Redis {
  const { hosts, master, sentinelPassword, tls } = address
  const [{ host, port } = { host: 'localhost', port: 6_379 }] = hosts
  const common = { ...toOptions(address), db: address.db, retryStrategy: retryDelayMs }
  if (!master) return new Redis({ ...common, host, port })
  return new Redis({
    ...common,
    sentinels: [...hosts],
    name: master,
    sentinelRetryStrategy: retryDelayMs,
    failoverDetector: true,
    ...(tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
    ...(sentinelPassword ? { sentinelPassword } : {}),
  })
}

function connectCluster(address: RedisAddress): Cluster {
  return new Cluster([...address.hosts], { redisOptions: toOptions(address), clusterRetryStrategy: retryDelayMs })
}

function toOptions({ username, password, tls }: RedisAddress) {
  return {
    connectTimeout: 2_000,
    maxRetriesPerRequest: 1,
    commandTimeout: 1_500,
    reconnectOnError: createReconnectRule(),
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(tls ? { tls: {} } : {}),
  }
}

/**
 * A demoted master refuses writes; reconnecting finds the new one, and the command is retried. If it was a replica a moment
 * ago too, the error is passed on.
 */
function createReconnectRule(): (error: Error) => false | 1 | 2 {
  let refusedAt = Number.NEGATIVE_INFINITY
  return (error) => {
    if (!error.message.startsWith('READONLY')) return false
    const again = performance.now() - refusedAt < 1_000
    refusedAt = performance.now()
    return again ? 1 : 2
  }
}

function retryDelayMs(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 6), 1_000)
}

function readHost(text: string, defaultPort: number): { readonly host: string; readonly port: number } {
  const [, v6, host = v6, port] = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
  if (!host || Number(port ?? 0) > 65_535) throw invalidUrl('has a bad host')
  return { host, port: port ? Number(port) : defaultPort }
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw invalidUrl('has a bad %-escape')
  }
}

/** Never shows the URL, which may contain a password. */
function invalidUrl(what: string): ConfigError {
  return new ConfigError(
    `STORE_URL ${what}; write redis://host:6379, redis+sentinel://host:26379,host:26379/name or redis+cluster://host:6379,host:6379.`,
  )
}
