/** What is made to go wrong, in words. */
export function describeFault({ target, kind, status = 500, delayMs = 1000, offMs = 600_000, left }) {
  const times = left === undefined ? '' : `, ${left === 1 ? 'once more' : `${left} times more`}`
  const words = target === 'delivery' ? describeDelivery(kind, delayMs, offMs) : describeAnswer(kind, status, delayMs)
  return `${subjects[target] ?? target} ${words}${times}`
}

const subjects = {
  any: 'whatever the bot asks for',
  notification: 'notifications',
  token: 'requests for tokens',
  room: 'requests for rooms',
  user: 'requests for people',
  webhook: 'requests for webhooks',
  capabilities: 'the capabilities',
  delivery: 'webhooks',
}

function describeAnswer(kind, status, delayMs) {
  if (kind === 'status') return `answered ${status}`
  if (kind === 'delay') return `answered ${delayMs / 1000} s late`
  return answers[kind] ?? kind
}

const answers = {
  reset: 'broken off',
  lost: 'served, then broken off',
  hang: 'never answered',
  dead: 'closed at once',
  refuse: 'refused with 401',
}

function describeDelivery(kind, delayMs, offMs) {
  if (kind === 'delay') return `${delayMs / 1000} s late`
  if (kind === 'clock') return `signed by a clock ${duration(Math.abs(offMs))} ${offMs < 0 ? 'behind' : 'ahead'}`
  return deliveries[kind] ?? kind
}

const deliveries = { duplicate: 'sent twice', minimal: 'with the least members', drop: 'not sent' }

function duration(ms) {
  return ms < 3_600_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`
}
