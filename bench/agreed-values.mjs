// What servers and load agree on.

/** Slack's signing secret. */
export const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5'

/** An installation's OAuth secret. */
export function secretOf(id) {
  return `secret-of-${id}-0123456789abcdef0123456789`
}

/** The number of the first room, and where there are many installations, of the one that each has. */
export const firstRoom = 1_000

/** The command that takes its time. */
export const slowCommand = { name: 'slow', ms: 200 }

/** What every contestant answers. */
export function answerOf(name, { service, env, number }) {
  return `${name}: ${service} runs on ${env}, #${number}`
}

/** What a command takes; `n` is the request's number. */
export const options = {
  service: { type: 'string', positional: true },
  env: { type: 'choice', choices: ['staging', 'prod'], default: 'staging', alias: 'e' },
  number: { type: 'integer', alias: 'n', required: true },
}
