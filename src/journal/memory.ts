import type { Invocation } from '../model/invocation.js'
import type { Log } from '../model/log.js'
import type { Journal, Work } from './journal.js'

/** Stand-in. */
export function createMemoryJournal({ log }: { readonly log: Log }): Journal {
  const seen = new Set<string>()
  let work: Work | undefined
  const waiting: Invocation[] = []
  let running = 0
  function go(invocation: Invocation) {
    running++
    const mark = async () => {}
    void work?.({ invocation, begin: mark, record: mark, sending: mark, unsent: mark, sent: mark, drop: mark, end: mark })
      .then((outcome) => log.info({ id: invocation.id, outcome }, 'ended'), (error: unknown) => log.error({ error: String(error) }, 'failed'))
      .finally(() => running--)
  }
  return {
    async accept(invocation) {
      if (seen.has(invocation.id)) return false
      seen.add(invocation.id)
      work ? go(invocation) : waiting.push(invocation)
      return true
    },
    full: () => false,
    async start(w) { work = w; waiting.splice(0).forEach(go) },
    async stop() { },
    story: async () => undefined,
    async *audit() {},
    open: () => ({ waiting: 0, running, delivering: 0 }),
  }
}
