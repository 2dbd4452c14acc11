import { command, say } from 'slashroom'

/** `/ping` shows that the bot is running, and how long the message took to reach it. */
export default command({
  summary: 'Checks that the bot is running',
  idempotent: true,
  run({ invocation }) {
    const tookMs = Math.max(0, Date.now() - invocation.at)
    return say(`Pong, ${invocation.user.name}. Your message took ${tookMs < 1000 ? `${tookMs} ms` : seconds(tookMs)}.`)
  },
})

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
