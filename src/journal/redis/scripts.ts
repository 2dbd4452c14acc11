import type { Connection } from '../../stores/redis-connection.js'

/** A Lua script registered with Redis; resolves with its return value. */
export type Script = (keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>

/** Registers one of the scripts below with a connection. */
export function defineScript(redis: Connection, name: string, lua: string): Script {
  redis.defineCommand(name, { lua })
  const scripts = redis as unknown as Readonly<
    Record<string, (...args: readonly (string | number)[]) => Promise<unknown>>
  >
  return async (keys, args) => await scripts[name]?.(keys.length, ...keys, ...args)
}

/**
 * Applies a batch of operations to entries and returns one result per operation. An entry is a string: a first line that
 * names its owner, then its progress. The first line of a closed entry has the word and who closed it. One script per batch
 * is much cheaper than one per call. Operations are idempotent, so they can be resent if a response is lost.
 */
export const batchScript = `
local owners, audit, mine, free = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local me = ARGV[1]
local k, a = 4, 1
local answers = {}
while a < #ARGV do
  local what, token, text, name, ms = ARGV[a + 1], ARGV[a + 2], ARGV[a + 3], ARGV[a + 4], ARGV[a + 5]
  local entry = KEYS[k + 1]
  k, a = k + 1, a + 5
  local head = redis.call('GETRANGE', entry, 0, #token - 1)
  local answer = 'other'
  if what == 'accept' then
    local proof, body, ttl = KEYS[k + 1], ARGV[a + 1], ARGV[a + 2]
    k, a = k + 1, a + 2
    local known = ttl ~= '0' and redis.call('GET', proof)
    if head == token then
      answer = 'done'
    elseif known and (known ~= body or head ~= '') then
      answer = 'replayed'
    else
      if ttl ~= '0' then redis.call('SET', proof, body, 'PX', ttl) end
      if head == '' then
        redis.call('SET', entry, text)
        redis.call('SADD', mine, name)
        redis.call('ZADD', audit, ms, name)
        redis.call('ZADD', owners, 'NX', 0, me)
        answer = 'done'
      end
    end
  elseif head == '' then
    answer = 'gone'
  elseif head == token then
    answer = 'done'
    if what == 'save' then
      redis.call('SET', entry, text)
    elseif what == 'close' then
      redis.call('SET', entry, text, 'PX', ms)
      redis.call('SREM', mine, name)
    elseif what == 'release' then
      redis.call('SET', entry, text)
      redis.call('SMOVE', mine, free, name)
    elseif what == 'forget' then
      redis.call('DEL', entry)
      redis.call('ZREM', audit, name)
    end
  elseif what == 'close' then
    local closed = string.sub(text, 1, string.find(text, '\\n', 1, true))
    if redis.call('GETRANGE', entry, 0, #closed - 1) == closed then answer = 'done' end
  end
  answers[#answers + 1] = answer
end
return answers`

/** All processes share Redis's clock. */
const now = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`

/** Records that a process is alive for this many milliseconds, and its description. */
export const heartbeatScript = `${now}
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
return redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])`

/** Returns all processes, and those whose time is over. */
export const ownersScript = `${now}
return { redis.call('ZRANGE', KEYS[1], 0, -1), redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now) }`

/**
 * Claims entries of an owner that exited or whose time is still over, and returns those it got. Each entry goes to the
 * first process that takes it out of the set. An owner without entries is removed. Resending a request whose response was
 * lost returns the same entries.
 */
export const claimScript = `${now}
local owners, theirs, mine = KEYS[1], KEYS[2], KEYS[3]
local owner, me, exited = ARGV[1], ARGV[2], ARGV[3]
local expired = owner == me or exited == '1' or tonumber(redis.call('ZSCORE', owners, owner) or 0) <= now
local claimed = {}
for n = 1, #KEYS - 3 do
  local entry, name, token = KEYS[n + 3], ARGV[2 * n + 2], ARGV[2 * n + 3]
  local text = redis.call('GET', entry)
  if text and string.sub(text, 1, #token) == token then
    claimed[#claimed + 1] = text
  elseif expired and redis.call('SREM', theirs, name) == 1 and text then
    text = token .. string.sub(text, string.find(text, '\\n', 1, true) + 1)
    redis.call('SET', entry, text)
    redis.call('SADD', mine, name)
    claimed[#claimed + 1] = text
  end
end
if #claimed > 0 then redis.call('ZADD', owners, 'NX', 0, me) end
if expired and owner ~= me and redis.call('EXISTS', theirs) == 0 then redis.call('ZREM', owners, owner) end
return claimed`

/** Returns the first entries of an owner in the order of acceptance. */
export const oldestScript = `
local names = redis.call('SMEMBERS', KEYS[1])
local at = {}
for _, name in ipairs(names) do at[name] = tonumber(redis.call('ZSCORE', KEYS[2], name) or 0) end
table.sort(names, function(one, other)
  if at[one] ~= at[other] then return at[one] < at[other] end
  return one < other
end)
local oldest = {}
for n = 1, math.min(#names, tonumber(ARGV[1])) do oldest[n] = names[n] end
return oldest`

/** Removes a process without entries. */
export const deregisterScript = `
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('DEL', KEYS[3])
end`
