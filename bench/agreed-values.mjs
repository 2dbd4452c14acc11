// Values that servers and the load share.

/** Slack's signing secret. */
export const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5'

/** An installation's OAuth secret. */
export function secretOf(id) {
  return `secret-of-${id}-0123456789abcdef0123456789`
}

/** The number of the first room; with many installations, of each one's own room. */
export const firstRoom = 1_000

/** The slow command. */
export const slowCommand = { name: 'slow', ms: 200 }

/** An XMPP server's domains, and the bot's account there. */
export const xmpp = { domain: 'chat.example', rooms: 'rooms.chat.example', bot: 'bot', password: 'secret' }

/** Who types over XMPP: so many that none of them has more calls running than one person may. */
export const people = Array.from({ length: 16 }, (_, at) => `person${at}`)

/** The room that somebody is in with the bot. */
export function roomOf(person) {
  return `room-of-${person}@${xmpp.rooms}`
}

/** What every contestant answers. */
export function answerOf(name, { service, env, number }) {
  return `${name}: ${service} runs on ${env}, #${number}`
}

/** The text of a command; `n` is the request's number. */
export const options = {
  service: { type: 'string', positional: true },
  env: { type: 'choice', choices: ['staging', 'prod'], default: 'staging', alias: 'e' },
  number: { type: 'integer', alias: 'n', required: true },
}
