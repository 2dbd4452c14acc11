import { setTimeout as wait } from 'node:timers/promises'
import { command, say } from 'slashroom'

/** `/build main` starts a build on the CI server and follows it to the end. */
export default command({
  summary: 'Builds a branch',
  options: {
    branch: {
      type: 'string',
      pattern: /[\w][\w./-]{0,99}/,
      positional: true,
      default: 'main',
      summary: 'Which branch',
    },
  },
  timeout: '20m',
  cooldown: { every: '30s', per: 'room' },
  async *run({ options, signal }) {
    const { id } = await ci('POST', '/builds', signal, { branch: options.branch })
    let shown = ''
    for (;;) {
      const { state } = await ci('GET', `/builds/${id}`, signal)
      if (state === 'passed') return say(`${options.branch} is built.`, { tone: 'good' })
      if (state === 'failed') return say(`The build of ${options.branch} failed.`, { tone: 'bad', notify: true })
      if (state !== shown) yield say(`${options.branch} is ${state}…`, { updateKey: 'progress' })
      shown = state
      await wait(1000, undefined, { signal }) // throws when the bot stops or the call times out
    }
  },
})

async function ci(method: string, path: string, signal: AbortSignal, body?: object) {
  const response = await fetch(`${process.env['CI_URL']}${path}`, {
    method,
    signal,
    headers: { authorization: `Bearer ${process.env['CI_TOKEN']}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  if (!response.ok) throw new Error(`CI answered ${response.status}`) // the room gets an id, the log this message
  const { id, state } = (await response.json()) as Record<string, unknown>
  return { id: encodeURIComponent(String(id)), state: String(state) }
}
